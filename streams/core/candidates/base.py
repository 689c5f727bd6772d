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
from streams.core.rows import UNKNOWN, ItemRows, Rows
from streams.core.statistics_view import StatisticsView
from streams.core.taste import Taste
from streams.core.tuning import Tuning
from streams.core.vectors import stacked
from streams.events import DEFAULT_SURFACE

Floats = NDArray[np.float32]
NO_CAUSE = UNKNOWN


class Hits:
    """What the vector index answered for one interest: ids and cosines, best first."""

    __slots__ = ("_believed", "_rows", "item_ids", "scores")

    def __init__(self, item_ids: Sequence[str], scores: Sequence[float] | Floats) -> None:
        self.item_ids = item_ids
        self.scores: Floats = np.asarray(scores, dtype=np.float32)
        self._rows: Rows = np.empty(0, np.int32)
        # As of which given_out and taken_back of ItemRows; the first only matters while there are ids without a row.
        self._believed = (UNKNOWN, UNKNOWN)

    def rows(self, known: ItemRows) -> Rows:
        """int32[n], UNKNOWN where the catalogue has no such item: read once while ids and rows stay what they are."""
        given_out, taken_back = self._believed
        if taken_back != known.taken_back or given_out not in {UNKNOWN, known.given_out}:
            found = known.find_each(self.item_ids)
            self._rows = np.array(found, dtype=np.int32)
            complete = UNKNOWN not in found
            self._believed = (UNKNOWN if complete else known.given_out, known.taken_back)
        return self._rows


class Candidates(NamedTuple):
    """`rows` int32[n] without repeats, `scores` float32[n]: each source's own unit, more is better.

    `causes` int32[n], where a source knows them at once: the item that made it propose each row.
    """

    rows: Rows
    scores: Floats
    causes: Rows | None = None

    @classmethod
    def none(cls) -> Candidates:
        return cls(np.empty(0, np.int32), np.empty(0, np.float32))


class Met(NamedTuple):
    """Everything that was liked together with what a user liked: rows int32[n] without repeats, the sums of the edges
    that lead there float32[n], and the like whose edge gave most int32[n].
    """

    rows: Rows
    sums: Floats
    causes: Rows


@dataclass
class Context:
    """Everything a source may look at for one list.

    `hits` lie beside `interests`, None where the index gave nothing. `fresh_given`: see `fresh_scores`; it may be
    computed for a whole micro-batch at once. `met`: see neighbours.py.
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
    surface: str = DEFAULT_SURFACE
    fresh_given: Floats | None = None
    met: Met | None = None

    @cached_property
    def centroids(self) -> Floats:
        """float32[m, d] of the interests."""
        if not self.interests:
            return np.zeros((0, self.catalogue.dimension), dtype=np.float32)
        return stacked([interest.centroid for interest in self.interests])

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


class Asked(NamedTuple):
    """Rows that a source proposed for one list, and all that it proposed for it."""

    rows: Sequence[int]
    given: Candidates
    context: Context


class Source(Protocol):
    """Proposes items of one kind. Eligibility is not its business (rules.py)."""

    @property
    def name(self) -> str: ...

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        """For each context its candidates. The contexts of a micro-batch share everything but the user."""

    def causes(self, asked: Sequence[Asked]) -> list[list[int]]:
        """For each list the row of the item that made it propose each of the rows; NO_CAUSE when it was none."""
