"""What was pushed to one user: times and item hashes, newest last; the state (table `pushed`) that limits outlive."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final, NamedTuple, Self

from streams.core.hashing import item_hash

KEPT: Final = 64
"""Beyond so many the oldest is forgotten: its item might be pushed to the user once more."""

_ENTRY = Struct(">dI")


class Pushed(NamedTuple):
    """One push: time (Unix s), 32-bit item hash."""

    at: float
    item: int


@dataclass(frozen=True, slots=True)
class PushMemory:
    """Oldest first."""

    pushed: tuple[Pushed, ...] = ()

    def has(self, item_id: str) -> bool:
        wanted = item_hash(item_id)
        return any(one.item == wanted for one in self.pushed)

    def since(self, at: float) -> int:
        """How many pushes came after a time."""
        return sum(one.at > at for one in self.pushed)

    def with_push(self, item_id: str, at: float) -> Self:
        return type(self)((*self.pushed, Pushed(at, item_hash(item_id)))[-KEPT:])

    def to_bytes(self) -> bytes:
        """12 bytes a push."""
        return b"".join(_ENTRY.pack(*one) for one in self.pushed)

    @classmethod
    def from_bytes(cls, raw: bytes | None) -> Self:
        """Read what `to_bytes` wrote; None is nobody's. Raises struct.error."""
        return cls() if raw is None else cls(tuple(Pushed(*one) for one in _ENTRY.iter_unpack(raw)))
