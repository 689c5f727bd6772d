"""Counts of ordered pairs of items, dense: the plainest form, exact, and quick to add up for a whole history."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.methods.base import Scores

MOST = 16_000
"""Items that can have pairs: 1 GB. Beyond it, the one with the fewest acts makes room."""


class Pairs:
    """Weights from one item to others, to be added up. Items are rows of the shelf; a place is given at first use."""

    def __init__(self, rows: int, most: int = MOST) -> None:
        self._most = most
        self._place: NDArray[np.int32] = np.full(rows, -1, dtype=np.int32)
        self._row: list[int] = []
        self._adds: list[int] = []
        self._table: Scores = np.zeros((256, 256), dtype=np.float32)

    def add(self, row: int, others: list[int], weights: Scores, *, both: bool) -> None:
        """Add `weights` float32[m] from `row` to each of `others`, which are different; and back, if `both`."""
        self._find_place(row)
        for other in others:
            self._find_place(other)
        # One of them may have had to make room for another.
        kept = self._place[others] >= 0
        place, to = int(self._place[row]), self._place[others][kept]
        if place < 0:
            return
        weights = weights[kept]
        self._adds[place] += 1
        self._table[place, to] += weights
        if both:
            self._table[to, place] += weights

    def sums(self, rows: list[int], weights: Scores) -> Scores:
        """float32[all rows]: what `rows`, weighed by `weights` float32[m], point to."""
        found = np.zeros(len(self._place), dtype=np.float32)
        places = self._place[rows]
        known = places >= 0
        if known.any():
            used = len(self._row)
            found[self._row] = weights[known] @ self._table[places[known], :used]
        return found

    @property
    def bytes_per_item(self) -> float:
        """Of what is used of the table."""
        return 4.0 * len(self._row) ** 2 / max(1, len(self._place))

    def _find_place(self, row: int) -> None:
        if self._place[row] >= 0:
            return
        if len(self._row) < self._most:
            place = len(self._row)
            self._row.append(row)
            self._adds.append(0)
            if place == len(self._table):
                wider = min(2 * place, self._most) - place
                self._table = np.pad(self._table, ((0, wider), (0, wider)))
        else:
            place = int(np.argmin(self._adds))
            self._place[self._row[place]] = -1
            self._row[place], self._adds[place] = row, 0
            self._table[place] = 0
            self._table[:, place] = 0
        self._place[row] = place
