"""How agents hang on topics: what they consume, what they emit, and where goes what they refuse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import cast

import structlog

from streams.agents.common import Emit, Record, Refuse
from streams.agents.guard import Guard
from streams.core.intake import Rejection
from streams.engine.app import EngineApp
from streams.engine.batches import Record as EngineRecord
from streams.engine.dead_letters import dead_letter, encode_dead_letter
from streams.engine.jobs import Handler, consume
from streams.engine.outbox import Outbox
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.clock import Clock
from streams.topics import Topic

log = structlog.get_logger()

AgentHandler = Callable[[Sequence[Record]], Awaitable[None]]


class Wires:
    """Names without the stream's prefix on the agents' side, with it on the broker's."""

    def __init__(self, app: EngineApp, prefix: str, clock: Clock) -> None:
        self._app = app
        self._prefix = prefix
        self._clock = clock

    def consume(  # noqa: PLR0917  # a table of agents reads best as one line each
        self, topic: Topic, handle: AgentHandler, name: str, outbox: Outbox, size: int, within_s: float | None = None
    ) -> None:
        """Batches are eager, least delay, unless `within_s` says to wait for fuller ones."""
        consume(
            self._app,
            topic.under(self._prefix),
            self._guarded(handle, name, outbox),
            name=name,
            outbox=outbox,
            size=size,
            within_s=within_s or 0.0,
            eager=within_s is None,
        )

    def _guarded(self, handle: AgentHandler, name: str, outbox: Outbox) -> Handler:
        async def timed(records: Sequence[Record]) -> None:
            with series(metrics.STAGE_LATENCY, name).time():
                await handle(records)

        return Guard(timed, stage=name, discard=outbox.discard_all, flush=outbox.flush, refuse=self.refuse(outbox))

    def emit(self, outbox: Outbox) -> Emit:
        """Sends what an agent says on a topic."""
        prefix = self._prefix

        def emit(topic: Topic, key: bytes, value: bytes | None) -> None:
            outbox.send(topic.under(prefix), key, value)

        return emit

    def refuse(self, outbox: Outbox) -> Refuse:
        """Writes a dead letter, and counts and logs it."""
        return partial(self._write_dead_letter, outbox)

    def _write_dead_letter(
        self, outbox: Outbox, record: Record, stage: str, rejection: Rejection, attempts: int = 1
    ) -> None:
        letter = dead_letter(
            cast("EngineRecord", record),
            stage=stage,
            code=rejection.code,
            message=rejection.message,
            failed_at=self._clock.now(),
            attempts=attempts,
        )
        outbox.send(Topic.DEAD_LETTERS.under(self._prefix), record.key, encode_dead_letter(letter))
        metrics.DEAD_LETTERS.labels(stage=stage, code=rejection.code).inc()
        metrics.EVENTS.labels(topic=record.topic.removeprefix(f"{self._prefix}."), outcome="dead").inc()
        log.warning(
            "dead_letter", stage=stage, code=rejection.code, topic=record.topic, offset=record.offset,
            partition=record.partition, message=rejection.message,
        )  # fmt: skip
