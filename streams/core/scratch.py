"""Set and sum operations on small arrays of row numbers in linear time, on buffers as wide as the rows go.

np.unique and np.isin sort; at a thousand numbers per list the sorting was a third of a list's time. Every operation
leaves the buffers as it found them (all zeros), so results depend on the arguments alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import grown

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


class Scratch:
    """Not for use from two threads. Numbers must be >= 0."""

    def __init__(self) -> None:
        self._flag: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._sum: Floats = np.zeros(0, dtype=np.float32)
        self._place: Ints = np.zeros(0, dtype=np.int32)

    def fit(self, width: int) -> None:
        """Make room for numbers below `width`; larger ones raise IndexError."""
        if width > len(self._flag):
            self._flag = grown(self._flag, width)
            self._sum = grown(self._sum, width)
            self._place = grown(self._place, width)

    def among(self, numbers: Ints, others: Ints) -> NDArray[np.bool_]:
        """bool[n]: which of `numbers` int32[n] are in `others` int32[m]."""
        self._flag[others] = True
        found: NDArray[np.bool_] = self._flag[numbers]
        self._flag[others] = False
        return found

    def distinct(self, numbers: Ints) -> Ints:
        """Each number once, in the order of its last appearance."""
        places = np.arange(len(numbers), dtype=np.int32)
        self._place[numbers] = places
        last = self._place[numbers] == places
        self._place[numbers] = 0
        distinct: Ints = numbers[last]
        return distinct

    def placed(self, numbers: Ints, distinct: Ints) -> Ints:
        """int32[n]: where in `distinct` each of `numbers` stands; all must be there."""
        self._place[distinct] = np.arange(len(distinct), dtype=np.int32)
        places: Ints = self._place[numbers]
        self._place[distinct] = 0
        return places

    def summed(self, numbers: Ints, weights: Floats, wanted: Ints) -> Floats:
        """float32[k]: for each of `wanted` int32[k] the sum of the `weights` float32[n] of its appearances."""
        np.add.at(self._sum, numbers, weights)
        sums: Floats = self._sum[wanted]
        self._sum[numbers] = 0
        return sums
