"""The items a user has used up or refused beyond the kept history: 6 bytes each, never shown again.

The set is a join: of two marks for one item the larger wins, and beyond its bound the smallest marks go. So it depends
on which items came, not on their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

_DAY_MS = 86_400_000
_EPOCH_DAY = 7305  # 1990-01-01 in days since 1970: marks count days from here
_REFUSED = 1 << 15


def mark_of(ms: int, *, refused: bool) -> int:
    """16 bits: refused first, then the day. Larger is kept longer: refused before consumed, newer before older."""
    day = min(_REFUSED - 1, max(0, ms // _DAY_MS - _EPOCH_DAY))
    return day | (_REFUSED if refused else 0)


_NO_HASHES: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)
_NO_MARKS: NDArray[np.uint16] = np.empty(0, dtype=np.uint16)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """`hashes` uint32[n] ascending, `marks` uint16[n] beside them."""

    hashes: NDArray[np.uint32] = field(default_factory=lambda: _NO_HASHES)
    marks: NDArray[np.uint16] = field(default_factory=lambda: _NO_MARKS)

    def __len__(self) -> int:
        return len(self.hashes)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Seen)
            and np.array_equal(self.hashes, other.hashes)
            and np.array_equal(self.marks, other.marks)
        )

    __hash__ = None  # type: ignore[assignment]  # holds arrays: compared by value, never a key

    def __contains__(self, item_hash: int) -> bool:
        if not len(self.hashes):
            return False
        at = int(np.searchsorted(self.hashes, item_hash))
        return at < len(self.hashes) and int(self.hashes[at]) == item_hash

    def contains(self, item_hashes: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """bool[m]: which of `item_hashes` uint32[m] are in the set."""
        if not len(self.hashes):
            return np.zeros(len(item_hashes), dtype=np.bool_)
        at = np.searchsorted(self.hashes, item_hashes)
        at[at == len(self.hashes)] = 0
        found: NDArray[np.bool_] = self.hashes[at] == item_hashes
        return found

    def with_item(self, item_hash: int, mark: int, most: int) -> Self:
        """The set with one more item, cut to the `most` largest marks (ties by hash)."""
        at = int(np.searchsorted(self.hashes, item_hash))
        if at < len(self.hashes) and int(self.hashes[at]) == item_hash:
            if int(self.marks[at]) >= mark:
                return self
            marks = self.marks.copy()
            marks[at] = mark
            return type(self)(self.hashes, marks)
        hashes = np.insert(self.hashes, at, np.uint32(item_hash))
        marks = np.insert(self.marks, at, np.uint16(mark))
        if len(hashes) > most:
            kept = np.ones(len(hashes), dtype=np.bool_)
            kept[np.lexsort((hashes, marks))[: len(hashes) - most]] = False
            hashes, marks = hashes[kept], marks[kept]
        return type(self)(hashes, marks)

    def to_bytes(self) -> bytes:
        """Hashes then marks, little-endian."""
        if not len(self.hashes):  # most users'
            return b""
        return self.hashes.astype("<u4").tobytes() + self.marks.astype("<u2").tobytes()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        if not raw:
            return cls()
        n = len(raw) // 6
        hashes = np.frombuffer(raw, dtype="<u4", count=n).astype(np.uint32)
        return cls(hashes, np.frombuffer(raw, dtype="<u2", offset=4 * n, count=n).astype(np.uint16))
