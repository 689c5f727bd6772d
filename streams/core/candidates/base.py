"""What a candidate source sees and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from streams.core.catalogue import Catalogue
from streams.core.interests import Interest
from streams.core.profile import Profile
from streams.core.rows import UNKNOWN, Rows
from streams.core.statistics_view import StatisticsView
from streams.core.taste import Taste
from streams.core.tuning import Tuning

Floats = NDArray[np.float32]
NO_CAUSE = UNKNOWN


class Hits(NamedTuple):
    """What the vector index answered for one interest: ids and cosines (an array is read fastest), best first."""

    item_ids: Sequence[str]
    scores: Sequence[float] | Floats


class Evidence(NamedTuple):
    """Who proposed what: `causes` int32[m] gave `weights` float32[m] to `rows` int32[m] (repeats allowed)."""

    rows: Rows
    weights: Floats
    causes: Rows

    def loudest(self, row: int) -> int:
        """The cause that gave most to `row`; NO_CAUSE when none did."""
        at = (self.rows == row).nonzero()[0]
        return int(self.causes[at[self.weights[at].argmax()]]) if at.size else NO_CAUSE


class Candidates(NamedTuple):
    """`rows` int32[n] without repeats, `scores` float32[n]: each source's own unit, more is better."""

    rows: Rows
    scores: Floats
    evidence: Evidence | None = None

    @classmethod
    def none(cls) -> Candidates:
        return cls(np.empty(0, np.int32), np.empty(0, np.float32))


@dataclass
class Context:
    """Everything a source may look at for one list.

    `hits` lie beside `interests`, None where the index gave nothing. `fresh_given`: see `fresh_scores`; it may be
    computed for a whole micro-batch at once.
    """

    profile: Profile
    taste: Taste
    interests: Sequence[Interest]
    hits: Sequence[Hits | None]
    catalogue: Catalogue
    statistics: StatisticsView
    tuning: Tuning
    now: float
    seed: int
    fresh_given: Floats | None = None

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

    def unused(self, leaders: Rows, most: int) -> Rows:
        """int32[<= most]: the first of `leaders` that the user has not used up, so that a user who has had the whole
        top still gets as many candidates.
        """
        used, seen = self.taste.used, self.profile.seen
        head = leaders[: most + len(used) + len(seen)]
        fine = ~self.catalogue.scratch().among(head, used)
        if len(seen):
            fine &= ~seen.contains(self.catalogue.hashes(head))
        return head[fine][:most]

    def nearest_liked(self, rows: Sequence[int]) -> list[int]:
        """For each row the liked item whose vector is closest to its own; NO_CAUSE without any."""
        if not len(self.taste.liked):
            return [NO_CAUSE] * len(rows)
        cosines = self.catalogue.vectors(np.array(rows, dtype=np.int32)) @ self.taste.vectors.T
        nearest: list[int] = self.taste.liked[cosines.argmax(axis=1)].tolist()
        return nearest


class Source(Protocol):
    """Proposes items of one kind. Eligibility is not its business (rules.py)."""

    @property
    def name(self) -> str: ...

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        """For each context its candidates. The contexts of a micro-batch share everything but the user."""

    def causes(self, rows: Sequence[int], given: Candidates, context: Context) -> list[int]:
        """The row of the item that made it propose each of `rows`; NO_CAUSE when it was none. `given` is what it
        proposed.
        """


def best_of(scores: Floats, most: int) -> NDArray[np.intp]:
    """Places of the `most` highest scores, best first, ties by place."""
    if len(scores) > most:
        # argpartition breaks ties as it likes: take all that reach the least score kept, then cut in order.
        least = np.partition(scores, len(scores) - most)[len(scores) - most]
        at = (scores >= least).nonzero()[0]
    else:
        at = np.arange(len(scores))
    best: NDArray[np.intp] = at[(-scores[at]).argsort(kind="stable")][:most]
    return best
