"""Tables of raw bytes behind a compacted changelog topic: no codecs, an explicit partition, writes through an outbox.

A write is seen by the next `get` at once, and reaches the local store only after the broker has its changelog
record (see outbox.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import faust
from faust.types import TP
from rocksdict import WriteBatch

from streams.engine.outbox import Outbox

_SMALL_STORE = {
    # Faust's defaults are 2 GiB of cache and 192 MiB of write buffers for each partition of each table.
    "block_cache_size": 32 * 1024 * 1024,
    "write_buffer_size": 8 * 1024 * 1024,
    "max_write_buffer_number": 2,
    "target_file_size_base": 16 * 1024 * 1024,
    "bloom_filter_size": 10,
}


class BytesTable(faust.Table):
    """bytes → bytes. Read from anywhere; written through a view that belongs to one agent's outbox."""

    def __init__(self, app: faust.App, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._dirty: dict[bytes, bytes | None] = {}
        self._memory_offsets: dict[TP, int] = {}

    @property
    def in_memory(self) -> bool:
        return not hasattr(self.data, "_db_for_partition")

    def through(self, outbox: Outbox) -> TableView:
        """The table as one agent writes it."""
        return TableView(self, outbox)

    def read(self, key: bytes, partition: int | None = None) -> bytes | None:
        """The value, pending writes included. Without `partition` the partitions held here are searched."""
        if key in self._dirty:
            return self._dirty[key]
        store = self.data
        if self.in_memory:
            value = store.data.get(key)
            return None if partition is not None and store._key_partition.get(key) != partition else value
        if partition is not None:
            return _or_none(store._db_for_partition(partition).get(key))
        for db in store._dbs.values():
            found = _or_none(db.get(key))
            if found is not None:
                return found
        return None

    def items_here(self) -> Iterator[tuple[bytes, bytes]]:
        """All pairs of the partitions held here, as of the last acknowledged batch."""
        store = self.data
        if self.in_memory:
            yield from list(store.data.items())
            return
        for db in list(store._dbs.values()):
            for key, value in db.items():
                if key != store.offset_key:
                    yield bytes(key), bytes(value)

    def put(self, partition: int, key: bytes, value: bytes | None, offset: int) -> None:
        """Writes what the changelog holds at `offset` into the local store."""
        store, tp = self.data, TP(self.changelog_topic_name, partition)
        if self.in_memory:
            if value is None:
                store.data.pop(key, None)
                store._key_partition.pop(key, None)
            else:
                store.data[key] = value
                store._key_partition[key] = partition
            self._memory_offsets[tp] = offset
            return
        db = store._db_for_partition(partition)
        if value is None:
            db.delete(key)
        else:
            db.put(key, value)
        store.set_persisted_offset(tp, offset)

    def restore(self, partition: int, pairs: list[tuple[bytes, bytes | None]], offset: int) -> None:
        """Writes changelog records up to `offset`, in order."""
        if self.in_memory or len(pairs) == 1:
            for key, value in pairs:
                self.put(partition, key, value, offset)
            return
        batch = WriteBatch(raw_mode=True)
        for key, value in pairs:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        store = self.data
        store._db_for_partition(partition).write(batch)
        store.set_persisted_offset(TP(self.changelog_topic_name, partition), offset)

    def persisted_offset(self, tp: TP) -> int | None:
        """The changelog offset that the local store is up to; None = recover from the beginning."""
        if self.in_memory:
            return self._memory_offsets.get(tp)
        offset: int | None = super().persisted_offset(tp)
        return offset

    async def on_rebalance(self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], *rest: Any) -> None:
        """Forgets in-memory partitions that went to another worker: what it writes there is not seen here."""
        if self.in_memory:
            gone = {tp.partition for tp in revoked if tp.topic == self.changelog_topic_name}
            store = self.data
            for key in [k for k, p in store._key_partition.items() if p in gone]:
                store.data.pop(key, None)
                store._key_partition.pop(key, None)
            for partition in gone:
                self._memory_offsets.pop(TP(self.changelog_topic_name, partition), None)
        await super().on_rebalance(assigned, revoked, newly_assigned, *rest)


class TableView:
    """A BytesTable as an agent uses it: reads see its own pending writes, writes go with the batch."""

    def __init__(self, table: BytesTable, outbox: Outbox) -> None:
        self._table = table
        self._outbox = outbox

    def get(self, key: bytes, partition: int | None = None) -> bytes | None:
        return self._table.read(key, partition)

    def set(self, key: bytes, value: bytes, partition: int) -> None:
        self._outbox.write(_Write(self._table, key, value, partition))

    def delete(self, key: bytes, partition: int) -> None:
        self._outbox.write(_Write(self._table, key, None, partition))


class _Write:
    """One pending write; visible to reads until it is applied or dropped."""

    __slots__ = ("_table", "key", "partition", "topic", "value")

    def __init__(self, table: BytesTable, key: bytes, value: bytes | None, partition: int) -> None:
        self._table = table
        self.key = key
        self.value = value
        self.partition = partition
        self.topic: str = table.changelog_topic_name
        table._dirty[key] = value

    def apply(self, offset: int) -> None:
        self._table.put(self.partition, self.key, self.value, offset)

    def discard(self) -> None:
        if self.key in self._table._dirty and self._table._dirty[self.key] is self.value:
            del self._table._dirty[self.key]


def bytes_table(app: faust.App, name: str, partitions: int) -> BytesTable:
    """Declares the table. Its changelog topic is `changelog_topic(app, name)`; app.py creates it before the start."""
    topic = app.topic(
        changelog_topic(app.conf.id, name),
        key_serializer="raw",
        value_serializer="raw",
        key_type=bytes,
        value_type=bytes,
        partitions=partitions,
        replicas=app.conf.topic_replication_factor,
        compacting=True,
        internal=True,
        acks=False,
        allow_empty=True,
    )
    table = BytesTable(
        app,
        name=name,
        key_type=bytes,
        value_type=bytes,
        partitions=partitions,
        changelog_topic=topic,
        options=None if str(app.conf.store).startswith("memory") else dict(_SMALL_STORE),
    )
    app.tables.add(table)
    return table


def changelog_topic(app_id: str, name: str) -> str:
    """The changelog's name on the broker."""
    return f"{app_id}-{name}-changelog"


def changelog_config() -> dict[str, str]:
    """A changelog's configuration: compacted, in segments small enough that compaction keeps up with rewrites."""
    return {"cleanup.policy": "compact", "segment.bytes": str(64 * 1024 * 1024), "min.cleanable.dirty.ratio": "0.3"}


def _or_none(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
