"""Keeps one event that our own code cannot stand from stopping a stage for ever.

An agent that raises takes its worker down, which is right when a neighbour fails, and a crash loop when an event is to
blame. So a batch that fails for an unforeseen reason is done again record by record, and the record that fails alone
goes to dead letters as `internal_error`, bytes and all, to be redriven once the fault is mended. When nothing works any
more the fault is not the event's: then the guard lets the error through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog

from streams.agents.common import Record, Refuse
from streams.core.intake import RejectCode, Rejection

log = structlog.get_logger()

_FAILURES_IN_A_ROW = 3


class Guard:
    """Wraps an agent's handler. `discard` drops what the failed attempt had collected for sending."""

    def __init__(
        self,
        handle: Callable[[Sequence[Record]], Awaitable[None]],
        *,
        stage: str,
        discard: Callable[[], None],
        flush: Callable[[], Awaitable[None]],
        refuse: Refuse,
    ) -> None:
        self._handle = handle
        self._stage = stage
        self._discard = discard
        self._flush = flush
        self._refuse = refuse
        self._failed_in_a_row = 0

    async def __call__(self, records: Sequence[Record]) -> None:
        try:
            await self._handle(records)
            self._failed_in_a_row = 0
        except Exception:  # whatever our code can raise; the record to blame is found and kept below
            log.exception("batch_failed", stage=self._stage, records=len(records))
            self._discard()
            await self._one_by_one(records)

    async def _one_by_one(self, records: Sequence[Record]) -> None:
        for record in records:
            try:
                await self._handle([record])
                self._failed_in_a_row = 0
            except Exception as error:
                self._discard()
                self._failed_in_a_row += 1
                if self._failed_in_a_row > _FAILURES_IN_A_ROW:
                    raise
                log.exception("event_failed", stage=self._stage, partition=record.partition, offset=record.offset)
                message = f"{type(error).__name__}: {error}; the worker's log has the trace"
                self._refuse(record, self._stage, Rejection(RejectCode.INTERNAL_ERROR, message))
            # What a good record wrote must not be lost to the next one's failure.
            await self._flush()
