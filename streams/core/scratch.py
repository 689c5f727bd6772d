"""Buffers as wide as the rows go, for set and sum operations on small arrays of numbers in linear time.

np.unique and np.isin sort; at a thousand numbers per list the sorting was a third of a list's time. Results depend on
the arguments alone: what an operation reads it has written itself, or found as the zeros that it leaves behind.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import grown

Ints = NDArray[np.int32] | NDArray[np.intp]
Places = NDArray[np.intp]
Floats = NDArray[np.float32]


class Scratch:
    """Not for use from two threads. Numbers must be >= 0."""

    def __init__(self) -> None:
        self._flag: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._sum: Floats = np.zeros(0, dtype=np.float32)
        self._place: NDArray[np.int32] = np.zeros(0, dtype=np.int32)

    def fit(self, width: int) -> None:
        """Make room for numbers below `width`; larger ones raise IndexError."""
        if width > len(self._flag):
            self._flag = grown(self._flag, width)
            self._sum = grown(self._sum, width)
            self._place = grown(self._place, width)

    @property
    def places(self) -> NDArray[np.int32]:
        """int32[width] with anything in it, for functions that check what they read against what they wrote."""
        return self._place

    @property
    def sums(self) -> Floats:
        """float32[width] of zeros; whoever adds to it leaves zeros behind."""
        return self._sum

    @property
    def flags(self) -> NDArray[np.bool_]:
        """bool[width], nothing set; whoever sets one clears it again."""
        return self._flag

    def among(self, numbers: Ints, others: Ints) -> NDArray[np.bool_]:
        """bool[n]: which of `numbers` int[n] are in `others` int[m]."""
        self._flag[others] = True
        found: NDArray[np.bool_] = self._flag[numbers]
        self._flag[others] = False
        return found
