"""How the likes of each item are shared out over a few kinds, beside how the likes of all items are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import grown

Shared = tuple[NDArray[np.float32], NDArray[np.float64]]
SHARED = "Tuple((f4[:, ::1], f8[::1]))"  # their types


class Shares:
    """Likes by kind float32[rows, kinds], and those of all items together float64[kinds]."""

    def __init__(self, kinds: int) -> None:
        self._by_row: NDArray[np.float32] = np.zeros((0, kinds), dtype=np.float32)
        self._totals: NDArray[np.float64] = np.zeros(kinds)

    def put(self, row: int, counts: Sequence[int]) -> None:
        """The row's likes by kind are now `counts`; none of them where an earlier release did not count kinds."""
        if counts:
            self._totals += counts - self._by_row[row]
            self._by_row[row] = counts

    def clear(self, row: int) -> None:
        self._totals -= self._by_row[row]
        self._by_row[row] = 0

    def make_room(self, length: int) -> None:
        self._by_row = grown(self._by_row, length)

    def arrays(self) -> Shared:
        """For compiled functions."""
        return self._by_row, self._totals
