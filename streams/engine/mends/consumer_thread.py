"""Mends B, E and H: the thread that owns aiokafka's consumer (see mends/__init__.py for the causes)."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from aiokafka.errors import ConsumerStoppedError
from faust.transport.consumer import ensure_TP, ensure_TPset
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, ensure_aiokafka_TP
from faust.types import TP

from streams.engine.pace import Pace

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, ConsumerRecord

_T = TypeVar("_T")


class Taken(NamedTuple):
    """Records of one partition and the era of the position they were taken at."""

    era: int
    records: list[ConsumerRecord[bytes | None, bytes | None]]


class Position(NamedTuple):
    """Where a partition was sought to, and the committed offset, if there is one."""

    offset: int
    committed: int | None


class MendedConsumerThread(AIOKafkaConsumerThread):
    """Every seek begins a new era of its partition, in the same breath: no record can fall between the two."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.eras: defaultdict[TP, int] = defaultdict(int)
        self._pace = Pace(self.app.fetch_wait_ms)
        #: When the group's coordinator last took us for alive, by time.monotonic(); as of the request, to be safe.
        self.heard_at = time.monotonic()

    async def on_start(self) -> None:
        await super().on_start()
        coordinator = self._ensure_consumer()._coordinator
        heartbeat = coordinator._do_heartbeat

        async def heard() -> bool:
            asked = time.monotonic()
            alive = bool(await heartbeat())
            if alive:
                self.heard_at = asked
            return alive

        coordinator._do_heartbeat = heard

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_wait_ms  # E: read by aiokafka when the consumer starts
        return consumer

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Changelogs are read by a consumer of their own (recovery.py): keep aiokafka from prefetching them here."""
        self.heard_at = time.monotonic()
        changelogs = self.app.tables.changelog_topics
        self._ensure_consumer().pause(*[ensure_aiokafka_TP(tp) for tp in assigned if tp.topic in changelogs])
        await super().on_partitions_assigned(assigned, generation_id)

    async def run_here(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Runs a coroutine on this thread's loop, awaited from the main one; cheaper than Faust's method queue."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.thread_loop))

    async def take(self, tps: frozenset[TP], wait_s: float) -> dict[TP, Taken]:
        """Records of `tps` (never empty: to aiokafka an empty set means all), waiting `wait_s` seconds for some."""
        return await self.run_here(self._take(tps, wait_s))

    async def _take(self, tps: frozenset[TP], wait_s: float) -> dict[TP, Taken]:
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        with fetcher._subscriptions.fetch_context():
            records = await fetcher.fetched_records(tps, timeout=wait_s, max_records=consumer._max_poll_records)
        fetch = self._pace.after(sum(map(len, records.values())), time.monotonic())
        fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = fetch
        # From the moment the position moved to this line nothing else ran on this loop: the eras are those of the take.
        return {ensure_TP(tp): Taken(self.eras[ensure_TP(tp)], taken) for tp, taken in records.items()}

    async def rewind(self, tps: frozenset[TP]) -> dict[TP, Position]:
        """Seeks `tps` to what the group has committed, or to the beginning where it has not (H)."""
        return await self.run_here(self._rewind(tps))

    async def _rewind(self, tps: frozenset[TP]) -> dict[TP, Position]:
        consumer = self._ensure_consumer()
        found = await consumer._coordinator.fetch_committed_offsets([ensure_aiokafka_TP(tp) for tp in tps])
        committed = {ensure_TP(tp): meta.offset for tp, meta in found.items() if meta.offset >= 0}
        fresh = [ensure_aiokafka_TP(tp) for tp in tps if tp not in committed]
        beginnings = await consumer.beginning_offsets(fresh) if fresh else {}
        positions = {tp: Position(offset, offset) for tp, offset in committed.items()}
        positions.update({ensure_TP(tp): Position(offset, None) for tp, offset in beginnings.items()})
        assigned = ensure_TPset(consumer.assignment())
        return {tp: position for tp, position in positions.items() if tp in assigned and self._seek_now(tp, position)}

    async def refetch(self, tp: TP, offset: int) -> None:
        """Goes back to `offset` in one partition."""
        await self.run_here(self._refetch(tp, offset))

    async def _refetch(self, tp: TP, offset: int) -> None:
        if tp in ensure_TPset(self._ensure_consumer().assignment()):
            self._seek_now(tp, Position(offset, None))

    def _seek_now(self, tp: TP, position: Position) -> bool:
        self._ensure_consumer().seek(ensure_aiokafka_TP(tp), position.offset)
        self.eras[tp] += 1
        return True

    def seek(self, partition: TP, offset: int) -> None:
        super().seek(partition, offset)
        self.eras[ensure_TP(partition)] += 1

    async def _seek_wait(self, consumer: AIOKafkaConsumer, partitions: Mapping[TP, int]) -> None:
        for tp in partitions:
            self.eras[ensure_TP(tp)] += 1
        await super()._seek_wait(consumer, partitions)
