"""The rows with the highest scores, kept up as scores rise: no sort of the whole catalogue per list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.rows import Rows


class Leaders:
    """The top `most` rows by a score that only rises (a static log, a count). Ties keep the one that came first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._score: dict[int, float] = {}
        self._least = -np.inf
        self._sorted: Rows | None = None

    def note(self, row: int, score: float) -> None:
        """The row's score is now `score`."""
        if row not in self._score:
            if len(self._score) >= self._most:
                if score <= self._least:
                    return
                del self._score[min(self._score, key=self._score.__getitem__)]
            self._score[row] = score
            stale = True
        else:
            before = self._score[row]
            if score == before:
                return
            self._score[row] = score
            stale = before <= self._least
        if stale and len(self._score) >= self._most:
            self._least = min(self._score.values())
        self._sorted = None

    def drop(self, row: int) -> None:
        if self._score.pop(row, None) is not None:
            self._least = -np.inf  # there is room again
            self._sorted = None

    @property
    def full(self) -> bool:
        return len(self._score) >= self._most

    def top(self) -> Rows:
        """int32[n <= most], best first, ties by row."""
        if self._sorted is None:
            rows = np.fromiter(self._score, dtype=np.int32, count=len(self._score))
            scores: NDArray[np.float64] = np.fromiter(self._score.values(), dtype=np.float64, count=len(rows))
            self._sorted = rows[np.lexsort((rows, -scores))]
        return self._sorted
