"""By row the numbers among its attributes, and how widely each is spread over the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import grown
from streams.events import Attribute

NUMBERS = 4
"""Names of numbers that are kept: the first that come. More only take memory."""

Floats = NDArray[np.float32]


class NumberTable:
    """float32[rows, NUMBERS]; NaN where an item has no such number."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}
        self._values: Floats = np.full((0, NUMBERS), np.nan, dtype=np.float32)
        self._sums = np.zeros((3, NUMBERS))  # how many, their sum, the sum of their squares
        self._spread: Floats | None = None  # of these sums; found when asked for

    def put(self, row: int, attributes: Mapping[str, Attribute]) -> None:
        """The row's numbers are those among `attributes` now."""
        self.fit(row + 1)
        self.drop(row)
        for name, value in attributes.items():
            if not isinstance(value, float):
                continue
            if name not in self._columns and len(self._columns) < NUMBERS:
                self._columns[name] = len(self._columns)
            if name in self._columns and np.isfinite(value):
                self._values[row, self._columns[name]] = value
        self._counted(row, 1)

    def drop(self, row: int) -> None:
        """The row has no numbers any more."""
        if row < len(self._values):
            self._counted(row, -1)
            self._values[row] = np.nan

    def fit(self, length: int) -> None:
        """Answer for every row below `length`."""
        self._values = grown(self._values, length, np.nan)

    def arrays(self) -> tuple[Floats, Floats]:
        """The values float32[rows, NUMBERS], and each number's standard deviation float32[NUMBERS]."""
        if self._spread is None:
            count, total, squares = self._sums
            mean = total / np.maximum(count, 1)
            self._spread = np.sqrt(np.maximum(0, squares / np.maximum(count, 1) - mean * mean)).astype(np.float32)
        return self._values, self._spread

    def _counted(self, row: int, by: int) -> None:
        value = self._values[row].astype(np.float64)
        there = np.isfinite(value)
        self._spread = None
        self._sums[:, there] += by * np.stack((np.ones(there.sum()), value[there], value[there] ** 2))
