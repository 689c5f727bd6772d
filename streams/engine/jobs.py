"""Binds an agent's handler to a topic: read a micro-batch, handle it, flush its outbox, acknowledge it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from streams.engine.batches import Record, micro_batches

if TYPE_CHECKING:
    import faust

    from streams.engine.outbox import Outbox

Handler = Callable[[Sequence[Record]], Awaitable[None]]


def consume(
    app: faust.App,
    topic: str,
    handler: Handler,
    *,
    name: str,
    outbox: Outbox,
    size: int,
    within_s: float = 0.0,
    eager: bool = True,
) -> None:
    """Registers the agent `name` on `topic` (full name on the broker). See micro_batches for the last three.

    An exception in `handler` or a record that the broker does not take ends the worker with exit code 1, nothing
    acknowledged: handlers write dead letters for bad events and raise only when the worker cannot go on.
    """

    async def agent(stream: faust.Stream[Any]) -> None:
        async for batch in micro_batches(stream, size, within_s, eager=eager):
            outbox.begin(batch)
            await handler(batch.records)
            await outbox.flush()

    agent.__name__ = name
    channel = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.agent(channel, name=name)(agent)
