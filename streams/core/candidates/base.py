"""What a candidate source sees and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from streams.core.catalogue import Catalogue
from streams.core.interests import Interest
from streams.core.rows import UNKNOWN, Rows
from streams.core.statistics_view import StatisticsView
from streams.core.taste import Taste
from streams.core.tuning import Tuning

Floats = NDArray[np.float32]
NO_CAUSE = UNKNOWN


class Hits(NamedTuple):
    """What the vector index answered for one interest: ids and cosines, best first."""

    item_ids: Sequence[str]
    scores: Sequence[float]


class Candidates(NamedTuple):
    """`rows` int32[n] without repeats, `scores` float32[n] (each source's own unit, more is better), `causes` int32[n]:
    the row of the item it came from, NO_CAUSE when it came from none.
    """

    rows: Rows
    scores: Floats
    causes: Rows

    @classmethod
    def none(cls) -> Candidates:
        return cls(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.int32))

    @classmethod
    def uncaused(cls, rows: Rows, scores: Floats) -> Candidates:
        return cls(rows, scores.astype(np.float32), np.full(len(rows), NO_CAUSE, dtype=np.int32))


@dataclass
class Context:
    """Everything a source may look at for one list.

    `hits` lie beside `interests`, None where the index gave nothing. `fresh_given`: see `fresh_scores`; it may be
    computed for a whole micro-batch at once.
    """

    taste: Taste
    interests: Sequence[Interest]
    hits: Sequence[Hits | None]
    catalogue: Catalogue
    statistics: StatisticsView
    tuning: Tuning
    now: float
    seed: int
    fresh_given: Floats | None = field(default=None)

    @cached_property
    def centroids(self) -> Floats:
        """float32[m, d] of the interests."""
        if not self.interests:
            return np.zeros((0, self.catalogue.dimension), dtype=np.float32)
        return np.stack([interest.centroid for interest in self.interests])

    @cached_property
    def fresh_scores(self) -> Floats:
        """float32[n]: the best cosine of each place of the fresh pool to any interest; zeros without interests."""
        if self.fresh_given is not None:
            return self.fresh_given
        pool = self.catalogue.fresh
        if not self.interests or not len(pool.rows):
            return np.zeros(len(pool.rows), dtype=np.float32)
        best: Floats = (pool.vectors @ self.centroids.T).max(axis=1)
        return best

    def nearest_liked(self, rows: Rows) -> Rows:
        """int32[n]: for each row the liked item whose vector is closest; NO_CAUSE without any."""
        if not len(self.taste.liked) or not len(rows):
            return np.full(len(rows), NO_CAUSE, dtype=np.int32)
        cosines = self.catalogue.vectors(rows) @ self.taste.vectors.T
        nearest: Rows = self.taste.liked[cosines.argmax(axis=1)]
        return nearest


class Source(Protocol):
    """Proposes items of one kind. Eligibility is not its business (rules.py)."""

    @property
    def name(self) -> str: ...

    def propose(self, context: Context) -> Candidates: ...


def best_of(scores: Floats, most: int) -> NDArray[np.intp]:
    """Places of the `most` highest scores, best first, ties by place."""
    if len(scores) > most:
        # argpartition breaks ties as it likes: take all that reach the least score kept, then cut in order.
        least = np.partition(scores, len(scores) - most)[len(scores) - most]
        at = np.flatnonzero(scores >= least)
    else:
        at = np.arange(len(scores))
    return at[np.argsort(-scores[at], kind="stable")][:most]
