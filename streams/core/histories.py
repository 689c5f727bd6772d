"""What the users of several lists liked, one user after another, so that one compiled call serves a micro-batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.neighbours import met_by
from streams.core.rows import Rows
from streams.core.segments import Places

Numbers = TypeVar("Numbers", bound=np.generic)


def joined(arrays: Sequence[NDArray[Numbers]]) -> NDArray[Numbers]:
    """One after another; a single one as it is."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


@dataclass(frozen=True, slots=True)
class Histories:
    """`liked` int32[a] rows, each user's newest first, with `strength` float32[a]; `likes` int64[b] of them are each
    user's. `met` int32[c] rows were liked together with them, with `sums` float32[c] (see Met); `meetings` int64[b] of
    these are each user's.
    """

    liked: Rows
    strength: Floats
    likes: Places
    met: Rows
    sums: Floats
    meetings: Places

    @classmethod
    def of(cls, contexts: Sequence[Context]) -> Self:
        """Those of the users of a micro-batch."""
        tastes, met = [context.taste for context in contexts], met_by(contexts)
        return cls(
            joined([taste.liked for taste in tastes]),
            joined([taste.strength for taste in tastes]),
            np.array([len(taste.liked) for taste in tastes]),
            joined([one.rows for one in met]),
            joined([one.sums for one in met]),
            np.array([len(one.rows) for one in met]),
        )
