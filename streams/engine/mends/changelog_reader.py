"""Reads changelog partitions from where a local store stands to the end they had, into the tables."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

if TYPE_CHECKING:
    import faust
    from faust.types import TP

log = logging.getLogger("upwell.engine")

_STUCK_S = 60.0
_POLL_MS = 200
_MAX_RECORDS = 2000


class Span(NamedTuple):
    """Offsets [start, end) of a changelog partition."""

    start: int
    end: int


class ChangelogStuck(RuntimeError):
    """The broker gave no changelog record for a minute although the end is not reached."""


async def read_changelogs(app: faust.App, spans: Mapping[TP, Span], table_of: Callable[[TP], Any]) -> None:
    """Fills the tables. Raises ChangelogStuck.

    A consumer of its own, without a group: nothing here can disturb, or be disturbed by, the worker's positions.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=[f"{url.host}:{url.port}" for url in app.conf.broker],
        enable_auto_commit=False,
        fetch_max_wait_ms=_POLL_MS,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        metadata_max_age_ms=app.conf.consumer_metadata_max_age_ms,
    )
    await consumer.start()
    try:
        pending, moved_at = {TopicPartition(*tp): span for tp, span in spans.items()}, time.monotonic()
        consumer.assign(list(pending))
        for tp, span in pending.items():
            consumer.seek(tp, span.start)
        while pending:
            batches = await consumer.getmany(*pending, timeout_ms=_POLL_MS, max_records=_MAX_RECORDS)
            for tp, records in batches.items():
                table_of(tp).restore(tp.partition, [(r.key, r.value) for r in records], records[-1].offset)
                moved_at = time.monotonic()
            for tp in list(pending):
                if await consumer.position(tp) >= pending[tp].end:
                    del pending[tp]
            if pending and time.monotonic() - moved_at > _STUCK_S:
                raise ChangelogStuck(f"no record of {next(iter(pending))} for {_STUCK_S:g} s: check the broker's log")
    finally:
        await consumer.stop()
