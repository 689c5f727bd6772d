"""Order candidates by their features. One interface for the hand-set ranker here and for learned ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.features import FEATURES
from streams.core.hashing import digest
from streams.core.segments import Segments
from streams.core.standardise import standardise_all


class Ranker(Protocol):
    """Scores candidates of lists. Higher is better; only the order within a list means something."""

    @property
    def version(self) -> str: ...

    def contributions(self, features: Floats, lists: Segments) -> Floats:
        """float32[n, f]: what each feature adds to the score; the rows' sums are the scores (f = len(FEATURES)).

        The candidates are those of several lists, one after another as `lists` says.
        """


WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "interest": 0.05,
        "content_max": 0.2,
        "content_mean": 0.2,
        "disliked": -0.2,
        "content_met": 0.1,
        "neighbours": 0.05,
        "after_cosine": 0.1,
        "after_all": 0.1,
        "after_few": 0.05,
        "after_last": 0.05,
        "with_cosine": 0.15,
        "with_few": 0.1,
        "with_last": 0.05,
        "next_after": 0.15,
        "popularity": 0.05,
        "popularity_log": 0.05,
        "lasting_log": 0.5,
        "trend": 0.05,
        "trend_log": 0.05,
        "all_time": 0.1,
        "stage_lift": 0.1,
        "surface_lift": 0.1,
        "tags": 0.15,
        "creator": 0.15,
        "language": 0.5,
        "era": 0.15,
        "numbers": 0.1,
        "words_mean": 0.15,
        "words_max": 0.3,
        "kinship": 0.2,
        "new_fit": 0.8,
        "newness": 0.1,
        "shown": -0.3,
        "untried": 0.0,
    }
)
"""How much one standard deviation of each feature counts before anything is learned. Set by hand near a softmax fit on
the first 30 % of films, which no figure is measured on; what films say nothing of (news, dislikes, exposure) is a
guess.
`upwell evaluate` measures them as upwell-without-learning."""


def standardised(features: Floats, lists: Segments | None = None) -> Floats:
    """float32[n, f]: each column with mean 0 and deviation 1 over the candidates of a list (standardise.py), each
    feature lying together. Without `lists` all candidates are one list's.
    """
    columns = np.ascontiguousarray(features.T)
    scaled = np.empty_like(columns)
    standardise_all(columns, np.array([len(features)]) if lists is None else lists.sizes, scaled)
    return scaled.T


class HandSetRanker:
    """A linear ranker with fixed weights."""

    def __init__(self, weights: Mapping[str, float] = WEIGHTS) -> None:
        unknown = weights.keys() - set(FEATURES)
        if unknown:
            raise ValueError(f"no such features: {', '.join(sorted(unknown))}; there are {', '.join(FEATURES)}")
        self._weights = np.array([weights.get(name, 0.0) for name in FEATURES], dtype=np.float32)
        self._version = "hand-" + digest(*(f"{w:g}" for w in self._weights.tolist()))[:8]

    @property
    def version(self) -> str:
        return self._version

    def contributions(self, features: Floats, lists: Segments) -> Floats:
        weighed = standardised(features, lists)
        weighed *= self._weights
        return weighed
