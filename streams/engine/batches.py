"""Micro-batches with the acknowledgement after the work: the one way agents read a topic.

`async for batch in micro_batches(stream, …)`: when the loop's body comes back for the next batch, the one before is
acknowledged. When the body raises, nothing is: the agent's supervisor takes the whole worker down (see app.py), it
is started again, and Kafka hands out the same records once more. A batch that outlived a rebalance is not
acknowledged either, because its records have been, or will be, handed to the partition's owner.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import faust


class Record(msgspec.Struct, frozen=True):
    """A consumed record as it was on the broker. `timestamp` is the broker's, in Unix seconds."""

    key: bytes | None
    value: bytes | None
    topic: str
    partition: int
    offset: int
    timestamp: float
    headers: tuple[tuple[str, bytes], ...] = ()


class Batch:
    """Records in the order of their partitions. `stale`: the partitions have been given away since."""

    __slots__ = ("_app", "_messages", "_revocations", "generation", "records")

    def __init__(self, app: faust.App, messages: list[Any]) -> None:
        self._app = app
        self._messages = messages
        self._revocations: int = app.consumer.revocations
        self.generation: int = app.consumer_generation_id
        self.records: list[Record] = [
            Record(m.key, m.value, m.topic, m.partition, m.offset, m.timestamp, tuple(m.headers or ()))
            for m in messages
        ]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def stale(self) -> bool:
        app = self._app
        return bool(self._revocations != app.consumer.revocations or self.generation != app.consumer_generation_id)

    def begin(self) -> None:
        """Counts the records as in hand, so that a rebalance waits for them."""
        unacked = self._app.consumer._unacked_messages
        seen = self._app.monitor.stream_inbound_time
        now = time.monotonic()
        for message in self._messages:
            unacked.add(message)
            seen[message.tp] = now

    def end(self, *, done: bool) -> None:
        """Acknowledges the records if the work is `done` and they are still ours; lets go of them in any case."""
        consumer = self._app.consumer
        if done and not self.stale:
            for message in self._messages:
                message.ack(consumer)
        for message in self._messages:
            consumer._unacked_messages.discard(message)


async def micro_batches(
    stream: faust.Stream[Any], size: int, within_s: float = 0.0, *, eager: bool = True
) -> AsyncIterator[Batch]:
    """Batches of at most `size` records.

    Eager: all that is there at once, never waiting once there is a record: least latency, and batches grow by
    themselves when work piles up. Otherwise waits until `size` are there or `within_s` seconds have passed since
    the first record: least work.
    """
    app, queue = stream.app, stream.channel.queue
    loop = asyncio.get_running_loop()
    await stream.maybe_start()
    while not stream.should_stop:
        try:
            arrived = [await queue.get()]
        except StopAsyncIteration:  # how Faust tells a stream that the worker is stopping
            return
        deadline = loop.time() + within_s
        while len(arrived) < size:
            if not queue.empty():
                arrived.append(queue.get_nowait())
            elif eager or loop.time() >= deadline:
                break
            else:
                try:
                    async with asyncio.timeout_at(deadline):
                        arrived.append(await queue.get())
                except TimeoutError:
                    break
                except StopAsyncIteration:
                    return
        messages = _current(app, arrived)
        if not messages:
            continue
        batch = Batch(app, messages)
        batch.begin()
        done = False
        try:
            yield batch
            done = True
        finally:
            batch.end(done=done)


def _current(app: faust.App, messages: list[Any]) -> list[Any]:
    """Those handed out since the last rebalance; Kafka hands the others out again, here or elsewhere."""
    if not app.flow_control.is_active():
        return []
    generation = app.consumer_generation_id
    return [message for message in messages if message.generation_id == generation]
