"""INDEX: encoded items in, rows of the vector index out, in batches.

The index away for a minute costs nothing but delay: the batch is tried until it is in, and only then acknowledged.
Writes are upserts by item id, so a repeat changes nothing. Each encoder version has a collection of its own; while two
versions are kept, the second one's vectors come on `vectors`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from streams.agents.collections import Collections
from streams.agents.common import Record, Refuse
from streams.agents.waiting import Patience
from streams.core.intake import RejectCode, Rejection
from streams.core.vectors import vector_of
from streams.events import EncodedItem, ItemVector
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.ports.vector_index import IndexedItem, VectorIndexUnavailable
from streams.topics import Topic

T = TypeVar("T")

_STAGE = "index"


class Source(Protocol):
    """Where the content of an item's record on `items` was."""

    @property
    def source_partition(self) -> int: ...
    @property
    def source_offset(self) -> int: ...


class IndexAgent:
    """Writes micro-batches of `items` and `vectors` to the collections of the encoder versions that are kept.

    `kept` gives those versions, the one in use first; none while nobody knows: then the first item decides. `latest`
    is the items view. `slow_after_s`: see Patience. `indexed` is told of each item of the version in use.
    """

    def __init__(
        self,
        *,
        collections: Collections,
        kept: Callable[[], tuple[str, ...]],
        latest: Callable[[str], Source | None],
        refuse: Refuse,
        clock: Clock,
        slow_after_s: float,
        indexed: Callable[[EncodedItem], None] | None = None,
    ) -> None:
        self._collections = collections
        self._kept = kept
        self._latest = latest
        self._refuse = refuse
        self._clock = clock
        self.patience = Patience(VectorIndexUnavailable, slow_after_s)
        self._indexed = indexed
        self._items = msgspec.json.Decoder(EncodedItem)
        self._vectors = msgspec.json.Decoder(ItemVector)

    async def handle(self, records: Sequence[Record]) -> None:
        """Records of `items`: upserts and deletes; within the batch, the last word on an item counts."""
        with self.patience.batch():
            await self._handle(records)

    async def _handle(self, records: Sequence[Record]) -> None:
        last = self._read(records, self._items)
        metrics.BATCH_SIZE.labels(agent=_STAGE).observe(len(last))
        present = [(item_id, item) for item_id, item in last.items() if item is not None]
        kept = self._kept() or tuple(item.encoder_version for _, item in present[:1])
        rows: defaultdict[str, list[IndexedItem]] = defaultdict(list)
        for item_id, item in present:
            if item.encoder_version in kept:  # two spaces mixed would give nonsense
                rows[item.encoder_version].append(IndexedItem(item_id, vector_of(item), item.card.expires_at or 0.0))
        await self._upsert(rows)
        deleted = [item_id for item_id, item in last.items() if item is None]
        if deleted:
            for version in kept:
                await self._delete(version, deleted)
        now = self._clock.now()
        for _, item in present:
            if item.encoder_version in rows:
                metrics.CONTENT_SEARCHABLE.observe(max(0.0, now - item.content_at))
                if self._indexed is not None and item.encoder_version == kept[0]:
                    self._indexed(item)
        written = sum(map(len, rows.values()))
        self._count(Topic.ITEMS, indexed=written, deleted=len(deleted), other=len(last) - written - len(deleted))

    async def handle_vectors(self, records: Sequence[Record]) -> None:
        """Records of `vectors`. Tombstones do nothing here: an item's own tombstone on `items` deletes its rows."""
        with self.patience.batch():
            await self._handle_vectors(records)

    async def _handle_vectors(self, records: Sequence[Record]) -> None:
        last = self._read(records, self._vectors)
        kept = self._kept()
        rows: defaultdict[str, list[IndexedItem]] = defaultdict(list)
        for one in last.values():
            if one is not None and one.encoder_version in kept and not self._overtaken(one):
                version = one.encoder_version
                rows[version].append(IndexedItem(one.item_id, vector_of(one), one.expires_at or 0.0))
        await self._upsert(rows)
        written = sum(map(len, rows.values()))
        self._count(Topic.VECTORS, indexed=written, deleted=0, other=len(last) - written)

    def _read(self, records: Sequence[Record], decoder: msgspec.json.Decoder[T]) -> dict[str, T | None]:
        last: dict[str, T | None] = {}
        for record in records:
            if not record.key:
                self._refuse(record, _STAGE, Rejection(RejectCode.EMPTY_KEY, "an encoded item has no key"))
                continue
            try:
                value = None if record.value is None else decoder.decode(record.value)
                key = record.key.decode()
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._refuse(record, _STAGE, Rejection(RejectCode.WRONG_TYPE, str(error)))
                continue
            last[key] = value
        return last

    def _overtaken(self, one: ItemVector) -> bool:
        """Whether the item is known with newer content: `items` and `vectors` are read at speeds of their own."""
        item = self._latest(one.item_id)
        return (
            item is not None
            and item.source_partition == one.source_partition
            and item.source_offset > one.source_offset
        )

    async def _upsert(self, rows: dict[str, list[IndexedItem]]) -> None:
        for version, some in rows.items():
            with self.patience.calling():
                await self._collections.open(version, len(some[0].vector))
            await self.patience.until_done(lambda version=version, some=some: self._put(version, some))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults

    async def _put(self, version: str, rows: list[IndexedItem]) -> None:
        door = self._collections.door(version)
        if door is not None:  # the version may be dropped while we wait for the index
            await door.upsert(rows)

    async def _delete(self, version: str, item_ids: list[str]) -> None:
        async def remove() -> None:
            door = self._collections.door(version)
            if door is not None:
                await door.delete(item_ids)

        await self.patience.until_done(remove)

    @staticmethod
    def _count(topic: Topic, **outcomes: int) -> None:
        for outcome, count in outcomes.items():
            name = "other_version" if outcome == "other" else outcome
            metrics.EVENTS.labels(topic=topic, outcome=name).inc(count)
