"""Mend J: tables are recovered by reading their changelogs straight through, then the flow begins at one instant."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiokafka.errors import IllegalStateError
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from mode import Service

from streams.engine.mends.changelog_reader import Span, read_changelogs

if TYPE_CHECKING:
    from faust.types import TP

log = logging.getLogger("upwell.engine")


class MendedRecovery(Recovery):
    """One straight line per rebalance; another rebalance cancels it and begins again."""

    @Service.task
    async def _slurp_changelogs(self) -> None:
        """Nothing to do: changelogs do not come through the worker's own consumer."""

    @Service.task
    async def _restart_recovery(self) -> None:
        while not self.should_stop:
            if await self.wait_for_stopped(self.signal_recovery_start):
                return
            self.signal_recovery_start.clear()
            try:
                await self._wait(self._recover(self._generation_id))
            except (RebalanceAgain, IllegalStateError):
                continue
            except ServiceStopped:
                return
            except Exception as error:
                log.error("The tables could not be recovered: %s", error)
                await self.app.crash(error)
                raise

    async def _recover(self, generation_id: int) -> None:
        self._set_recovery_started()
        tps = frozenset(self.active_tps)
        ends, starts = await asyncio.gather(self._ends(tps), self._starts(tps))
        behind = {tp: Span(starts[tp], ends[tp]) for tp in tps if starts[tp] < ends[tp]}
        if behind:
            await read_changelogs(self.app, behind, lambda tp: self.tp_to_table[tp])
        await self.on_recovery_completed(generation_id)

    async def _ends(self, tps: frozenset[TP]) -> Mapping[TP, int]:
        return dict(await self.app.consumer.highwaters(*tps)) if tps else {}

    async def _starts(self, tps: frozenset[TP]) -> Mapping[TP, int]:
        """Where each local store goes on: behind what it has, or where the changelog begins."""
        earliest = await self.app.consumer.earliest_offsets(*tps) if tps else {}
        have = {tp: self.tp_to_table[tp].persisted_offset(tp) for tp in tps}
        return {tp: max(earliest[tp] or 0, -1 if (offset := have[tp]) is None else offset + 1) for tp in tps}

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Seeks first and lets the flow begin last (B); whatever was taken before the seek is of an older era."""
        consumer = self.app.consumer
        await self.app.on_rebalance_complete.send()
        self._set_recovery_ended()
        for table in self.tables.values():
            await table.on_recovery_completed(self.actives_for_table[table], self.standbys_for_table[table])
        if self.app.consumer_generation_id != generation_id:
            return  # another rebalance has begun; it will come back here
        assignment = consumer.assignment()
        consumer.resume_partitions({tp for tp in assignment if not self._is_changelog_tp(tp)})
        await asyncio.wait_for(consumer.perform_seek(), timeout=self.app.conf.broker_request_timeout)
        self.completed.set()
        self.app.flow_control.resume()
        consumer.resume_flow()
        await self.app._fetcher.maybe_start()
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        self.app.on_rebalance_end()


class MendedTableManager(TableManager):
    """Faust's table manager with the mended recovery."""

    @property
    def recovery(self) -> Any:
        if self._recovery is None:
            self._recovery: Recovery | None = MendedRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
