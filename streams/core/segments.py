"""Rows of several lists, one list after another, so that one numpy call serves a whole micro-batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Segments:
    """`sizes` int[b]: how many rows each list has; lists may be empty."""

    sizes: Places

    @classmethod
    def of_lists(cls, list_of: Places, lists: int) -> Segments:
        """From int[n], ascending: which of `lists` each row belongs to."""
        return cls(np.bincount(list_of, minlength=lists))

    @classmethod
    def one(cls, rows: int) -> Segments:
        """A single list."""
        return cls(np.array([rows], dtype=np.intp))

    @cached_property
    def bounds(self) -> list[int]:
        """List i has the rows from bounds[i] up to bounds[i + 1]."""
        return [0, *self.sizes.cumsum().tolist()]

    @cached_property
    def list_of(self) -> Places:
        """int[n]: the list of each row."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @property
    def slices(self) -> list[slice]:
        return [slice(start, end) for start, end in zip(self.bounds, self.bounds[1:], strict=False)]

    def means(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """float64[f, b]: of float32[f, n] the mean of every row within each list; 0 for a list without rows."""
        found = np.zeros((len(columns), len(self.sizes)))
        filled = np.flatnonzero(self.sizes)
        if len(filled):
            starts = np.array(self.bounds)[filled]
            sums = np.add.reduceat(columns, starts, axis=1, dtype=np.float64)
            found[:, filled] = sums / self.sizes[filled]
        return found

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """float32[f, n]: each list's value of float64[f, b] given to all its rows."""
        return np.repeat(values.astype(np.float32), self.sizes, axis=1)
