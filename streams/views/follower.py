"""Follows one compacted topic, every partition of it, from its beginning: the base of all in-process views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from mode import Service

from streams.observe import metrics
from streams.observe.series import series


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a compacted topic; `value` None is a deletion. `timestamp` is Unix seconds."""

    key: bytes
    value: bytes | None
    partition: int
    offset: int
    timestamp: float


Apply = Callable[[Sequence[Entry]], None]

# A view that applied thousands of entries in one go would hold up the event loop, and with it every user's list.
_CHUNK = 16
_POLL_MS = 500
_LOOK_S = 0.02


class Follower(Service):
    """Feeds every record of `topic` to `apply`, in order per partition; `caught_up` is set once it has read
    what was there when it started.

    It has no consumer group: each worker reads all partitions and keeps no offsets, so a restart rebuilds the view.
    aiokafka reconnects by itself; while the broker is away the view is simply as old as its last record.
    """

    abstract = False
    mundane_level = "debug"

    def __init__(self, bootstrap: str, topic: str, apply: Apply, *, fetch_wait_ms: int) -> None:
        super().__init__()
        self.topic = topic
        self.caught_up = asyncio.Event()
        self.entries_seen = 0
        self.positions: dict[int, int] = {}
        self._apply = apply
        self._bootstrap = bootstrap
        self._fetch_wait_ms = fetch_wait_ms
        self._client: AIOKafkaConsumer | None = None
        self._ends: dict[TopicPartition, int] = {}
        self._again = False

    async def ends(self) -> dict[str, int]:
        """The ends of the topic now, by partition, for `has_read`. Raises KafkaError."""
        client = self._connected()
        ends = await client.end_offsets(sorted(client.assignment()))
        return {str(partition.partition): end for partition, end in ends.items()}

    def read_again(self) -> None:
        """Feeds everything there is once more, from the beginning; `has_read` starts anew as well."""
        self.positions.clear()
        self._again = True

    def has_read(self, ends: Mapping[str, int]) -> bool:
        """Whether every record before these offsets (by partition) has been applied."""
        return all(self.positions.get(int(partition), 0) >= end for partition, end in ends.items())

    async def until_read(self, ends: Mapping[str, int]) -> None:
        """Waits for `has_read`, however long the broker is away."""
        while not self.has_read(ends):  # noqa: ASYNC110 - it advances with every poll, far too often for events
            await asyncio.sleep(_LOOK_S)

    @property
    def label(self) -> str:
        return f"view {self.topic}"

    async def on_start(self) -> None:
        # Made here because it belongs to the running loop. Without a group, aiokafka assigns every partition of the
        # topic to it, new ones too.
        self._client = AIOKafkaConsumer(
            self.topic,
            group_id=None,
            bootstrap_servers=self._bootstrap.split(","),
            enable_auto_commit=False,
            fetch_max_wait_ms=self._fetch_wait_ms,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            auto_offset_reset="earliest",
        )
        try:
            await self._client.start()
        except UnknownTopicOrPartitionError as error:
            raise RuntimeError(f"topic {self.topic} does not exist: run `upwell topics create`") from error
        self._ends = dict(await self._client.end_offsets(sorted(self._client.assignment())))

    async def on_stop(self) -> None:
        if self._client is not None:
            await self._client.stop()

    @Service.task
    async def _follow(self) -> None:
        client = self._connected()
        while not self.should_stop:
            if self._again:
                self._again = False
                await client.seek_to_beginning()
            await self._check_caught_up(client)
            try:
                fetched = await client.getmany(timeout_ms=_POLL_MS, max_records=1000)
            except KafkaError as error:
                self.log.warning("view of %s waits for the broker: %r", self.topic, error)
                await self.sleep(1.0)
                continue
            for records in fetched.values():
                await self._take(records)

    def _connected(self) -> AIOKafkaConsumer:
        if self._client is None:
            raise RuntimeError("the follower was not started")
        return self._client

    async def _take(self, records: Sequence[object]) -> None:
        for start in range(0, len(records), _CHUNK):
            chunk = [
                Entry(r.key, r.value, r.partition, r.offset, r.timestamp / 1000.0)  # type: ignore[attr-defined]  # aiokafka has no types
                for r in records[start : start + _CHUNK]
                if r.key is not None  # type: ignore[attr-defined]  # aiokafka has no types
            ]
            self._apply(chunk)
            self.entries_seen += len(chunk)
            await asyncio.sleep(0)

    async def _check_caught_up(self, client: AIOKafkaConsumer) -> None:
        behind = 0
        for partition, end in self._ends.items():
            position = await client.position(partition)
            highwater = client.highwater(partition) or end
            behind += max(0, highwater - position)
            self.positions[partition.partition] = position
            if not self.caught_up.is_set() and position < end:
                break
        else:
            self.caught_up.set()
        series(metrics.VIEW_BEHIND, self.topic).set(behind)
