"""Makes the vector index equal to what Kafka says, without encoding anything, while workers go on writing to it.

Vectors of the version are in the records of `items`, and on `vectors` for items whose record is of another version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import stamina
from msgspec.structs import replace

from streams.core.vectors import vector_of
from streams.events import EncodedItem, ItemVector
from streams.ports.vector_index import IndexedItem, VectorIndex, VectorIndexUnavailable


@dataclass(slots=True)
class Tally:
    """What a rebuild did: rows written and removed, records of other encoder versions, records that are no items."""

    written: int = 0
    removed: int = 0
    other_version: int = 0
    unreadable: int = 0


class _Version(msgspec.Struct):
    """The two fields of an EncodedItem that say which encoder made it, and when (Unix s)."""

    encoder_version: str
    encoded_at: float


def newest_version(values: Iterable[bytes | None]) -> str | None:
    """The encoder version of the item that was encoded last, None when there is no item."""
    decoder = msgspec.json.Decoder(_Version)
    newest: _Version | None = None
    for value in values:
        try:
            found = None if value is None else decoder.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):  # `Rebuild.apply` counts it
            continue
        if found is not None and (newest is None or found.encoded_at >= newest.encoded_at):
            newest = found
    return None if newest is None else newest.encoder_version


class Rebuild:
    """Folds records of `items`, then of `vectors`, into the index of one encoder version.

    The order that makes it safe beside live writers: (1) apply everything up to the present end; (2) note the ids in
    the index; (3) apply what has come since; (4) remove the noted ids that no record stands for. A row written by a
    worker meanwhile is either not noted, or its record has been read by step 3, and so has any record that is newer
    than one written in step 1. An item that has no vector of this version yet keeps its row, if it has one: the
    vector may have come between two of the readings.

    With `alias`, readers of the alias see this version from then on.
    """

    def __init__(self, index: VectorIndex, encoder_version: str, *, alias: bool = True) -> None:
        self.tally = Tally()
        self._alias = alias
        self._beside: dict[str, EncodedItem] = {}  # by id, without their vectors: items of another version
        self._index = index
        self._version = encoder_version
        self._alive: set[str] = set()
        self._opened = False
        self._decoder = msgspec.json.Decoder(EncodedItem)
        self._vectors = msgspec.json.Decoder(ItemVector)

    async def apply(self, records: Sequence[tuple[bytes | None, bytes | None]]) -> None:
        """Write a batch of (key, value) in the topic's order; of one item, the last record counts."""
        last: dict[str, EncodedItem | None] = {}
        for key, value in records:
            try:
                item_id = (key or b"").decode()
                last[item_id] = None if value is None else self._decoder.decode(value)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.tally.unreadable += 1
        ours = {i: item for i, item in last.items() if item is not None and item.encoder_version == self._version}
        self.tally.other_version += sum(item is not None for item in last.values()) - len(ours)
        self._alive.difference_update(last)
        self._alive.update(ours)
        for item_id, item in last.items():
            if item is None or item_id in ours:
                self._beside.pop(item_id, None)
            else:
                self._beside[item_id] = replace(item, vector=b"")
        if ours:
            await self._write(
                [IndexedItem(i, vector_of(item), item.card.expires_at or 0.0) for i, item in ours.items()]
            )
        if gone := [item_id for item_id, item in last.items() if item is None]:
            await self._delete(gone)
        self.tally.written += len(ours)

    async def apply_vectors(self, records: Sequence[tuple[bytes | None, bytes | None]]) -> None:
        """Write a batch of (key, value) of `vectors`: those of this version and of their items' present content."""
        last: dict[bytes, ItemVector | None] = {}
        for key, value in records:
            try:
                last[key or b""] = None if value is None else self._vectors.decode(value)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.tally.unreadable += 1
        ours = [one for one in last.values() if one is not None and one.encoder_version == self._version]
        rows = []
        for one in ours:
            item = self._beside.get(one.item_id)
            if item is not None and item.media_hash == one.media_hash:
                rows.append(IndexedItem(one.item_id, vector_of(one), item.card.expires_at or 0.0))
        if rows:
            await self._write(rows)
        self._alive.update(row.item_id for row in rows)
        self.tally.written += len(rows)

    async def noted(self) -> set[str]:
        """The ids in the index now; none when nothing of this version was ever written."""
        return await self._index.item_ids() if self._opened else set()

    async def remove_all_but_alive(self, noted: set[str]) -> None:
        """Remove the noted ids that no record stands for."""
        stale = sorted(noted - self._alive - self._beside.keys())
        if stale:
            await self._delete(stale)
        self.tally.removed += len(stale)

    @stamina.retry(on=VectorIndexUnavailable, attempts=5)
    async def _write(self, rows: list[IndexedItem]) -> None:
        if not self._opened:
            await self._index.ensure(len(rows[0].vector), self._version, alias=self._alias)
            self._opened = True
        await self._index.upsert(rows)

    @stamina.retry(on=VectorIndexUnavailable, attempts=5)
    async def _delete(self, item_ids: list[str]) -> None:
        if self._opened:
            await self._index.delete(item_ids)
