"""Short stable hashes: the same on every machine and run (Python's own `hash` is not)."""

from __future__ import annotations

from hashlib import blake2b

EVENT_HASH_BYTES = 6
ITEM_HASH_BYTES = 4
MARK_BYTES = 8


def event_hash(event_id: str) -> int:
    """48 bits of an event id: among 100 remembered events a false repeat has a chance of 4e-13."""
    return int.from_bytes(blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=EVENT_HASH_BYTES).digest())


def item_hash(item_id: str) -> int:
    """32 bits of an item id. A collision only withholds one other item from one user."""
    return int.from_bytes(blake2b(item_id.encode("utf-8", "surrogatepass"), digest_size=ITEM_HASH_BYTES).digest())


def content_mark(media_hash: str) -> int:
    """64 bits of a content's hash: tells whether a vector was made of the item's present content."""
    return int.from_bytes(blake2b(media_hash.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES).digest())


def digest(*parts: str | int | None) -> str:
    """128 bits in hex of an ordered tuple; parts are length-prefixed, so ("ab", "c") differs from ("a", "bc")."""
    told = bytearray()
    for part in parts:
        raw = b"\xff" if part is None else str(part).encode("utf-8", "surrogatepass")
        told += len(raw).to_bytes(4)
        told += raw
    return blake2b(told, digest_size=16).hexdigest()
