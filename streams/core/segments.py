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
