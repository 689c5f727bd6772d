"""The vectors of one encoder version: a growing float32 matrix with reused slots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import grown
from streams.core.rows import Rows

Vectors = NDArray[np.float32]
NO_SLOT = -1


class VectorTable:
    """Maps rows to unit vectors. `vectors` float32[slots, d]; `slot` int32[rows], NO_SLOT where a row has none;
    `marks` uint64[slots]: a hash of the content that each vector was made of.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._vectors: Vectors = np.zeros((1, dimension), dtype=np.float32)
        self._marks: NDArray[np.uint64] = np.zeros(1, dtype=np.uint64)
        self._slot: Rows = np.full(1, NO_SLOT, dtype=np.int32)
        self._free: list[int] = []
        self._used = 0

    def __len__(self) -> int:
        return self._used - len(self._free)

    def set(self, row: int, vector: Vectors, mark: int = 0) -> None:
        self._slot = grown(self._slot, row + 1, NO_SLOT)
        slot = int(self._slot[row])
        if slot == NO_SLOT:
            if self._free:
                slot = self._free.pop()
            else:
                slot = self._used
                self._used += 1
                self._vectors = grown(self._vectors, self._used)
                self._marks = grown(self._marks, self._used)
            self._slot[row] = slot
        self._vectors[slot] = vector
        self._marks[slot] = mark

    def mark(self, row: int) -> int | None:
        """What the row's vector was made of; None where it has none."""
        slot = int(self._slot[row]) if row < len(self._slot) else NO_SLOT
        return None if slot == NO_SLOT else int(self._marks[slot])

    def drop(self, row: int) -> None:
        if row < len(self._slot) and self._slot[row] != NO_SLOT:
            self._free.append(int(self._slot[row]))
            self._slot[row] = NO_SLOT

    def fit(self, width: int) -> None:
        """Answer for every row below `width`."""
        self._slot = grown(self._slot, width, NO_SLOT)

    def has(self, rows: Rows) -> NDArray[np.bool_]:
        """bool[n]: which rows have a vector here. Rows may be UNKNOWN."""
        found: NDArray[np.bool_] = self._slot[rows] != NO_SLOT
        return found

    def get(self, rows: Rows) -> Vectors:
        """float32[n, d]; a row without a vector gives zeros, so that its cosines are 0."""
        # NO_SLOT wraps to the last place, which `grown` keeps unused and zero.
        return self._vectors.take(self._slot[rows], axis=0, mode="wrap")

    def slots(self) -> tuple[Vectors, Rows]:
        """The arrays themselves, for compiled functions: `vectors` and `slot` as above. Valid until the next change."""
        return self._vectors, self._slot
