"""The candidates of all sources side by side, for several lists at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Candidates, Floats
from streams.core.catalogue import Catalogue
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places, Segments


@dataclass(frozen=True, slots=True)
class Pool:
    """One list's. `rows` int32[n]; `scores` float32[n, s] (0 where a source did not propose), `proposed` bool[n, s];
    the columns are the sources in registry order, `given` their answers.
    """

    rows: Rows
    scores: Floats
    proposed: NDArray[np.bool_]
    given: Sequence[Candidates]


@dataclass(frozen=True, slots=True)
class Pools:
    """Those of several lists, one after another as `lists` says; the columns as in Pool."""

    rows: Rows
    scores: Floats
    proposed: NDArray[np.bool_]
    given: Sequence[Sequence[Candidates]]
    lists: Segments

    def only(self, kept: NDArray[np.bool_]) -> Pools:
        """The candidates where `kept` bool[n] is true."""
        at = np.flatnonzero(kept)
        lists = Segments.of_lists(self.lists.list_of.take(at), len(self.given))
        taken = (self.rows.take(at), self.scores.take(at, axis=0), self.proposed.take(at, axis=0))
        return Pools(*taken, self.given, lists)

    def each(self) -> list[Pool]:
        """The pool of every list: views, not copies."""
        return [
            Pool(self.rows[part], self.scores[part], self.proposed[part], given)
            for part, given in zip(self.lists.slices, self.given, strict=True)
        ]


def lined_up(given: Sequence[Sequence[Candidates]], catalogue: Catalogue) -> Pools:
    """One row per list and distinct candidate, where it was given last. `given`: for each list the sources' answers."""
    answers = [answer for one in given for answer in one]
    together = np.concatenate([answer.rows for answer in answers])
    told = np.concatenate([answer.scores for answer in answers])
    lengths = np.array([len(answer.rows) for answer in answers])
    places = catalogue.scratch().places
    rows, scores, proposed, sizes = _lined_up(together, told, lengths, len(given[0]), places)
    return Pools(rows, scores, proposed, given, Segments(sizes))


@compiled("Tuple((i4[::1], f4[:, ::1], b1[:, ::1], i8[::1]))(i4[::1], f4[::1], i8[::1], i8, i4[::1])")
def _lined_up(
    together: Rows, told: Floats, lengths: Places, sources: int, place: NDArray[np.int32]
) -> tuple[Rows, Floats, NDArray[np.bool_], Places]:
    """`lengths` int64[b * s]: how many rows each source gave for each list; `place` int32 by row, with anything in it.
    The last result is how many rows each list has, int64[b].
    """
    most, sizes = len(together), np.zeros(len(lengths) // sources, np.int64)
    rows, pool_at = np.empty(most, np.int32), np.empty(most, np.int64)
    scores, proposed = np.zeros((most, sources), np.float32), np.zeros((most, sources), np.bool_)
    start = count = 0
    for one in range(len(sizes)):
        mine = lengths[one * sources : (one + 1) * sources]
        end = start + mine.sum()
        for at in range(start, end):
            place[together[at]] = at
        for at in range(start, end):
            if place[together[at]] == at:
                rows[count], pool_at[at] = together[at], count
                count += 1
                sizes[one] += 1
        for source in range(sources):
            for at in range(start, start + mine[source]):
                where = pool_at[place[together[at]]]
                scores[where, source], proposed[where, source] = told[at], True
            start += mine[source]
    return rows[:count], scores[:count], proposed[:count], sizes
