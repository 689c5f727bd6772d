"""How much of what a user liked shares a candidate's labels (tags, creator)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Context, Floats
from streams.core.catalogue import NO_TAG, Catalogue
from streams.core.rows import Rows
from streams.core.segments import Places

_SHIFT = -NO_TAG  # labels from 0, where 0 stands for none


@dataclass(frozen=True, slots=True)
class Likes:
    """What the users of several lists liked: `rows` int32[m], `strength` float32[m] as shares of the user's total,
    `list_of` int[m].
    """

    rows: Rows
    strength: Floats
    list_of: Places
    lists: int
    catalogue: Catalogue

    @classmethod
    def of(cls, contexts: Sequence[Context]) -> Likes:
        tastes = [context.taste for context in contexts]
        list_of = np.repeat(np.arange(len(tastes)), [len(taste.liked) for taste in tastes])
        strength = np.concatenate([taste.strength for taste in tastes])
        total = np.bincount(list_of, weights=strength, minlength=len(tastes))
        share = (strength / total[list_of]).astype(np.float32)
        rows = np.concatenate([taste.liked for taste in tastes])
        return cls(rows, share, list_of, len(tastes), contexts[0].catalogue)

    def affinity(self, liked: Rows, candidates: Rows, list_of: Places) -> NDArray[np.floating]:
        """float[n]: the share of the liked mass that has each label of a candidate, averaged over its labels.

        `liked` int32[m, t] and `candidates` int32[n, t] are labels, NO_TAG where there are fewer; `list_of` int[n].
        """
        keys = self.catalogue.keys(liked + _SHIFT, self.list_of[:, None])
        weights = np.where(liked == NO_TAG, np.float32(0), self.strength[:, None])
        wanted = self.catalogue.keys(candidates + _SHIFT, list_of[:, None])
        mass = self.catalogue.scratch(self.lists).summed(keys.ravel(), weights.ravel(), wanted.ravel())
        if candidates.shape[1] == 1:
            return mass
        count = np.maximum(1, np.count_nonzero(candidates != NO_TAG, axis=1))
        affinity: NDArray[np.floating] = mass.reshape(candidates.shape).sum(axis=1) / count
        return affinity
