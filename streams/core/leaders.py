"""The rows with the highest scores, kept in order as scores rise: no sort of the whole catalogue per list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.compiled import compiled
from streams.core.rows import Rows

Scores = NDArray[np.float64]


class Leaders:
    """The top `most` rows by a score that only rises (a static log, a count). At the bound an equal score displaces
    nobody.
    """

    def __init__(self, most: int) -> None:
        self._rows: Rows = np.empty(most, np.int32)
        self._scores: Scores = np.empty(most)
        self._count = 0

    def note(self, row: int, score: float) -> None:
        """The row's score is now `score`."""
        self._count = _noted(self._rows, self._scores, self._count, row, score)

    def drop(self, row: int) -> None:
        self._count = _dropped(self._rows, self._scores, self._count, row)

    @property
    def full(self) -> bool:
        return self._count == len(self._rows)

    def top(self) -> Rows:
        """int32[n <= most], best first, ties by row. The caller's own."""
        return self._rows[: self._count].copy()


@compiled("i8(i4[::1], i8)")
def place_of(rows: Rows, row: int) -> int:
    """Where `row` stands among `rows`; behind them all when it does not."""
    for at in range(len(rows)):
        if rows[at] == row:
            return at
    return len(rows)


@compiled("b1(i4[::1], i8)")
def among(rows: Rows, row: int) -> bool:
    """Whether `row` is one of `rows`."""
    return place_of(rows, row) < len(rows)


@compiled("i8(i4[::1], f8[::1], i8, i8, f8)")
def _noted(rows: Rows, scores: Scores, count: int, row: int, score: float) -> int:
    """Put the row where its score belongs; how many there are then. Most scores hardly rise, so most moves are short:
    a sort of the whole, or a dictionary to sort anew for each list, took longer than the list.
    """
    at = place_of(rows[:count], row)
    if at == count:
        if count < len(rows):
            count += 1
        elif score <= scores[count - 1]:
            return count
        else:
            at = count - 1  # the last one leaves
    while at > 0 and (scores[at - 1] < score or (scores[at - 1] == score and rows[at - 1] > row)):
        rows[at], scores[at] = rows[at - 1], scores[at - 1]
        at -= 1
    while at + 1 < count and (scores[at + 1] > score or (scores[at + 1] == score and rows[at + 1] < row)):
        rows[at], scores[at] = rows[at + 1], scores[at + 1]
        at += 1
    rows[at], scores[at] = row, score
    return count


@compiled("i8(i4[::1], f8[::1], i8, i8)")
def _dropped(rows: Rows, scores: Scores, count: int, row: int) -> int:
    """Close the gap that the row leaves; how many there are then."""
    at = place_of(rows[:count], row)
    if at == count:
        return count
    for later in range(at + 1, count):
        rows[later - 1], scores[later - 1] = rows[later], scores[later]
    return count - 1
