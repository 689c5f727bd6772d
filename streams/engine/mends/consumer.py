"""Mends A to D, F, G and I: what the main thread does with fetched records (see mends/__init__.py for the causes)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP

from streams.engine.mends.consumer_thread import MendedConsumerThread, Taken
from streams.engine.mends.ledger import OffsetLedger, Verdict

if TYPE_CHECKING:
    from faust.types.tuples import Message
    from mode import Service

log = logging.getLogger("upwell.engine")

_TAKE_TIMEOUT_S = 0.1  # how soon a resumed partition is asked for, when the others are quiet
_IDLE_S = 0.02
_REVOKE_WAIT_S = 2.0
_STOP_WAIT_S = 10.0
_YIELD_EVERY = 100
_LEASE = 0.9  # of the session timeout; the rest is for the way to the broker


class MendedConsumer(Consumer):
    """Hands out each record of each partition once per era, in order, and commits only what came back done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ledger = OffsetLedger()
        #: How often partitions were taken away: a batch from before the last time is stale.
        self.revocations = 0
        #: When that was, by time.monotonic(): what was handed to the producer before is not to be written any more.
        self.revoked_at = 0.0
        self.on_hole: Callable[[TP, int, int], None] = lambda _tp, _expected, _found: None
        self._confirmed_holes: dict[TP, int] = {}
        self._pressure: dict[TP, tuple[Callable[[], None], Callable[[], None]]] = {}

    @property
    def holds_lease(self) -> bool:
        """False when the coordinator may have given our partitions away because it has not heard of us for so long."""
        return bool(time.monotonic() - self._thread.heard_at < self.app.conf.broker_session_timeout * _LEASE)

    def _new_consumer_thread(self) -> MendedConsumerThread:
        return MendedConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- Taking and handing out ------------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Service) -> None:
        """The fetch loop: take, hand out, until the worker stops."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                if not self.flow_active:
                    await self.can_resume_flow.wait()
                tps = self._fetchable()
                if not tps:
                    await asyncio.sleep(_IDLE_S)
                    continue
                taken = await self._thread.take(tps, _TAKE_TIMEOUT_S)
                for tp, batch in taken.items():
                    await self._hand_out(tp, batch)
        except (*self.consumer_stopped_errors, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    def _fetchable(self) -> frozenset[TP]:
        """The partitions to fetch, as a copy (A); none while the flow is stopped."""
        if not self.flow_active:
            return frozenset()
        return frozenset(tp for tp in self._active_partitions if self.ledger.expected(tp) is not None)

    async def _hand_out(self, tp: TP, taken: Taken) -> None:
        """Puts records straight into the queues of the partition's agents, as messages.

        Faust's conductor would decode each, wrap it into an event and take two locks; agents here read raw messages.
        """
        for count, record in enumerate(taken.records, 1):
            if not self.flow_active:
                await self.can_resume_flow.wait()
            # B: after a seek the rest of what was taken before comes again.
            if self._thread.eras[tp] != taken.era or not self.flow_active:
                return
            verdict = self.ledger.judge(tp, record.offset)
            if verdict is Verdict.FOREIGN:
                return
            if verdict is Verdict.REPEAT:
                continue
            if verdict is Verdict.HOLE and not await self._accept_hole(tp, record.offset):
                return
            self.ledger.hand_out(tp, record.offset)
            self._deliver(tp, self._to_message(tp, record))
            if count % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        if taken.records:
            self._read_offset[tp] = taken.records[-1].offset
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))

    def _deliver(self, tp: TP, message: Message) -> None:
        channels = self.app.topics._tp_index[tp]
        message.incref(len(channels))
        high, drop = self._pressure_callbacks(tp)
        for channel in channels:
            channel.queue.put_nowait_enhanced(message, on_pressure_high=high, on_pressure_drop=drop)

    def _pressure_callbacks(self, tp: TP) -> tuple[Callable[[], None], Callable[[], None]]:
        """The same two objects each time: the queue knows by them that a partition is under pressure already."""
        if tp not in self._pressure:
            self._pressure[tp] = (partial(self.on_buffer_full, tp), partial(self.on_buffer_drop, tp))
        return self._pressure[tp]

    async def _accept_hole(self, tp: TP, found: int) -> bool:
        """D: a compacted topic has holes; any other is asked again, and believed when it says the same twice."""
        expected = self.ledger.expected(tp)
        if expected is None:
            return False
        if tp.topic in self.app.compacted_topics or self._confirmed_holes.get(tp) == found:
            self._confirmed_holes.pop(tp, None)
            return True
        log.warning(
            "Offsets %d to %d of %s partition %d were not delivered: fetching them again. If the broker has none "
            "(expired or transactional), the stream goes on behind them.",
            expected,
            found - 1,
            tp.topic,
            tp.partition,
        )
        self.on_hole(tp, expected, found)
        self._confirmed_holes[tp] = found
        await self._thread.refetch(tp, expected)
        return False

    async def perform_seek(self) -> None:
        """Goes back to the committed offsets of every source partition, and opens their accounts there."""
        sources = frozenset(tp for tp in self.assignment() if not self._is_changelog_tp(tp))
        if not sources:
            return
        positions = await self._thread.rewind(sources)
        for tp, position in positions.items():
            self.ledger.open(tp, position.offset, position.committed)
            self._acked.pop(tp, None)
            self._acked_index.pop(tp, None)
            self._read_offset[tp] = position.offset
            self._committed_offset[tp] = position.committed

    # -- Committing --------------------------------------------------------------------------------------------------

    def _new_offset(self, tp: TP) -> int | None:
        """C: the end of the unbroken run of done records."""
        acked = self._acked[tp]
        self.ledger.acknowledge(tp, acked)
        self._acked_index[tp].difference_update(acked)
        acked.clear()
        return self.ledger.committable(tp)

    def _should_commit(self, tp: TP, offset: int) -> bool:
        return self.ledger.expected(tp) is not None

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        """I: an offset counts as committed when the broker has said so."""
        before = {tp: self._committed_offset[tp] for tp in offsets}
        did_commit: bool = await super()._commit_offsets(offsets, start_new_transaction)
        for tp, offset in offsets.items():
            if did_commit:
                self.ledger.committed(tp, offset)
            elif tp in before and self.ledger.expected(tp) is not None:
                self._committed_offset[tp] = before[tp]
        return did_commit

    # -- Rebalances --------------------------------------------------------------------------------------------------

    def _stop_the_flow(self) -> None:
        self.stop_flow()
        self.app.flow_control.suspend()
        self.app.flow_control.clear()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """F and G: stop, finish what is in hand, commit it, and only then forget the partitions."""
        self._stop_the_flow()
        await self._on_partitions_revoked(revoked)
        self.revocations += 1
        self.revoked_at = time.monotonic()
        self._active_partitions.difference_update(revoked)
        self._paused_partitions.difference_update(revoked)
        self._buffered_partitions.clear()
        for tp in revoked:
            self.ledger.forget(tp)
            for kept in (self._gap, self._acked, self._acked_index, self._read_offset, self._committed_offset):
                kept.pop(tp, None)
            self._confirmed_holes.pop(tp, None)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """G: nothing flows before the tables of the new partitions are recovered."""
        self._stop_the_flow()
        await super().on_partitions_assigned(assigned, generation_id)

    async def wait_empty(self) -> None:
        """Waits for the batches in hand, for a bounded time, and commits what is done.

        A batch that takes longer (a neighbour does not answer) is not waited for: it is stale afterwards, its
        table writes are dropped, and its records are handed out again.
        """
        limit = _STOP_WAIT_S if self.app.should_stop else _REVOKE_WAIT_S
        try:
            async with asyncio.timeout(limit):
                while self._unacked_messages and self.holds_lease:  # without it nothing may be finished anyway
                    await self._next_ack()
                    self._clean_unacked_messages()
        except TimeoutError:
            log.warning("%d records are still being worked on after %g s; they are done again.", self._unacked, limit)
        try:
            async with asyncio.timeout(_REVOKE_WAIT_S):
                await self.commit()  # may only have waited for a commit that had begun before the last acknowledgement
                await self.commit()
        except TimeoutError:
            log.warning("The last commit was not answered within %g s; its records are done again.", _REVOKE_WAIT_S)

    @property
    def _unacked(self) -> int:
        return len(self._unacked_messages)

    async def _next_ack(self) -> None:
        acknowledged: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting_for_ack: asyncio.Future[Any] | None = acknowledged  # Consumer.ack resolves it
        await asyncio.wait([acknowledged], timeout=_IDLE_S)
        self._waiting_for_ack = None
