"""What a batch sends: outputs first, then the changelog, then the local store, then the acknowledgement.

The order is the guarantee. A worker killed between any two steps does the batch again from the state before it and
sends the same outputs once more; it never remembers an event whose output nobody got, and its local store is
never ahead of the changelog that another worker recovers from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from aiokafka.errors import KafkaError

from streams.engine.mends.producer import LeaseLost

if TYPE_CHECKING:
    import faust
    from aiokafka import AIOKafkaProducer
    from aiokafka.structs import RecordMetadata


_LEASE_POLL_S = 0.02

# topic, key, value, partition, timestamp in ms
_Output = tuple[str, bytes | None, bytes | None, int | None, int | None]


class SendFailed(RuntimeError):
    """The broker did not take a record; the batch is not acknowledged and will be done again."""


class Entitled(Protocol):
    """What sends are made for: a batch, or another right that can be lost."""

    @property
    def stale(self) -> bool:
        """Whether somebody else has the right now."""


class TableWrite(Protocol):
    """A pending write of a table: its changelog record, and what to do once the broker has it."""

    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> bytes: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def partition(self) -> int: ...
    def apply(self, offset: int) -> None: ...
    def discard(self) -> None: ...


class Outbox:
    """Collects what one agent sends during a batch. `send` is synchronous and cheap; `flush` waits for the broker."""

    def __init__(self, app: faust.App) -> None:
        self._app = app
        self._batch: Entitled | None = None
        self._outputs: list[_Output] = []
        self._writes: dict[tuple[str, int, bytes], TableWrite] = {}

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None = None,
        timestamp: float | None = None,
    ) -> None:
        """Adds a record; `timestamp` in Unix seconds, None = now. A None value is a tombstone and needs a key."""
        self._outputs.append((topic, key, value, partition, None if timestamp is None else int(timestamp * 1000)))

    def write(self, write: TableWrite) -> None:
        """Adds a table write; a later one of the same key in the same batch replaces it."""
        self._writes[(write.topic, write.partition, write.key)] = write

    def discard_all(self) -> None:
        """Drops what was collected since the last flush: the attempt that collected it has failed."""
        writes, self._writes, self._outputs = list(self._writes.values()), {}, []
        for write in writes:
            write.discard()

    def begin(self, batch: Entitled) -> None:
        """What follows is sent for `batch`: should it become stale, nothing is."""
        self._batch = batch

    async def flush(self) -> None:
        """Sends all and waits until every replica in sync has it. Raises SendFailed if one record was not taken.

        What a batch that became stale has collected is dropped: the partitions' new owner makes its own.
        """
        outputs, self._outputs = self._outputs, []
        writes, self._writes = list(self._writes.values()), {}
        try:
            await self._deliver(outputs)
            acked = await self._deliver([(w.topic, w.key, w.value, w.partition, None) for w in writes])
            # A store that skipped another worker's changelog records would believe itself up to date.
            if not self._stale:
                for write, metadata in zip(writes, acked, strict=True):
                    write.apply(metadata.offset)
        finally:
            for write in writes:
                write.discard()

    async def _deliver(self, records: Sequence[_Output]) -> list[RecordMetadata]:
        """What the broker answered to each; fewer, or nothing, once the batch is stale.

        A worker that was frozen (no lease) waits until the group takes it back or has not: it could write over what
        the new owner of its partitions has written since. What the producer held back for the same reason goes again.
        """
        acked: dict[int, RecordMetadata] = {}
        while len(acked) < len(records) and not self._stale:
            if not self._app.consumer.holds_lease:
                await asyncio.sleep(_LEASE_POLL_S)  # time itself ends a lease
                continue
            producer = self._app.producer._ensure_producer()
            sent = {at: await self._add(producer, record) for at, record in enumerate(records) if at not in acked}
            await asyncio.wait(sent.values())
            for at, future in sent.items():
                error = future.exception()
                if error is None:
                    acked[at] = future.result()
                elif not isinstance(error, LeaseLost):
                    raise SendFailed(f"the broker did not take a record: {error}") from error
        return [acked[at] for at in sorted(acked)]

    @property
    def _stale(self) -> bool:
        return self._batch is not None and self._batch.stale

    async def _add(self, producer: AIOKafkaProducer, output: _Output) -> asyncio.Future[RecordMetadata]:
        topic, key, value, partition, timestamp_ms = output
        try:
            sent: asyncio.Future[RecordMetadata] = await producer.send(
                topic, value, key=key, partition=partition, timestamp_ms=timestamp_ms
            )
        except KafkaError as error:
            raise SendFailed(f"could not send to {topic}: {error}") from error
        return sent
