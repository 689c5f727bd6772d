"""Reads a stretch of a topic once, beside whoever consumes it: for filling, and for finding what is to be deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaConsumer

_POLL_MS = 500
_MOST = 500


class LogRecord(msgspec.Struct, frozen=True):
    """A record as it is on the broker."""

    key: bytes | None
    value: bytes | None


class Log(Protocol):
    """A topic that can be read from anywhere to its present end."""

    def read(self, starts: Mapping[int, int] | None = None) -> AsyncIterator[Sequence[LogRecord]]:
        """Records from these offsets (by partition; None: from the beginning of every partition) up to what is there
        when reading begins.
        """


class TopicLog:
    """A topic on the broker; each reading has a consumer of its own, without a group. Raises KafkaError."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic

    async def read(self, starts: Mapping[int, int] | None = None) -> AsyncIterator[Sequence[LogRecord]]:
        """See Log."""
        client = AIOKafkaConsumer(
            self._topic,
            bootstrap_servers=self._bootstrap.split(","),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        await client.start()
        try:
            wanted = {p: 0 if starts is None else starts.get(p.partition) for p in client.assignment()}
            ends = await client.end_offsets(list(wanted))
            for partition, start in wanted.items():
                # A topic that was made again is shorter than its old offsets say.
                client.seek(partition, ends[partition] if start is None else start if start < ends[partition] else 0)
            while [partition for partition, end in ends.items() if await client.position(partition) < end]:
                for partition, records in (await client.getmany(timeout_ms=_POLL_MS, max_records=_MOST)).items():
                    yield [LogRecord(r.key, r.value) for r in records if r.offset < ends[partition]]
        finally:
            await client.stop()
