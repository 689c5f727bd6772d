"""STATISTICS: signals in, decayed counts and neighbours of items out.

Signals are folded in large batches: one table write and one record on item-statistics per item and batch, however many
acts it had. A signal that was counted before (a crash made its producer send it again) changes nothing, and its item is
still published, since the crash may have come between the table's write and the publication.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from streams.agents.common import Emit, Record, Refuse, Table
from streams.core.intake import RejectCode, Rejection
from streams.core.push.news import COLD, Heat, heat_of
from streams.core.statistics import ItemCounters
from streams.core.tuning import Tuning
from streams.events import Signal
from streams.observe import metrics
from streams.observe.series import series
from streams.topics import Topic

Counted = Callable[[str, Heat, Heat, float], None]

_STAGE = "statistics"
_SLICE = 8  # items, about two milliseconds


class StatisticsAgent:
    """Counts this worker's share of the items. `counted` is told of each how hot it was and is, and as of when."""

    def __init__(
        self, *, statistics: Table, emit: Emit, refuse: Refuse, tuning: Tuning, counted: Counted | None = None
    ) -> None:
        self._table = statistics
        self._emit = emit
        self._refuse = refuse
        self._tuning = tuning
        self._counted = counted
        self._decoder = msgspec.json.Decoder(Signal)

    async def handle(self, records: Sequence[Record]) -> None:
        by_item: dict[bytes, tuple[int, list[Signal]]] = {}
        for record in records:
            try:
                signal = self._decoder.decode(record.value or b"")
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._refuse(record, _STAGE, Rejection(RejectCode.WRONG_TYPE, str(error)))
                continue
            if not record.key:
                self._refuse(record, _STAGE, Rejection(RejectCode.EMPTY_KEY, "a signal's key is its item_id"))
                continue
            by_item.setdefault(record.key, (record.partition, []))[1].append(signal)
        series(metrics.BATCH_SIZE, _STAGE).observe(len(records))
        for at, (key, (partition, signals)) in enumerate(by_item.items()):
            if at % _SLICE == 0:
                await asyncio.sleep(0)  # lists are made on the same event loop and must not wait for a whole batch
            new = self._count(key, partition, signals)
            series(metrics.EVENTS, Topic.SIGNALS, "ok").inc(new)
            series(metrics.EVENTS, Topic.SIGNALS, "replayed").inc(len(signals) - new)

    def _count(self, key: bytes, partition: int, signals: Sequence[Signal]) -> int:
        stored = self._table.get(key, partition)
        counters = (
            ItemCounters.empty(signals[0].item_id, self._tuning) if stored is None else ItemCounters.from_bytes(stored)
        )
        before = COLD if self._counted is None else heat_of(counters, self._tuning)
        new = counters.count(signals, self._tuning)
        self._table.set(key, counters.to_bytes(), partition)
        self._emit(Topic.ITEM_STATISTICS, key, msgspec.json.encode(counters.publish(self._tuning)))
        if self._counted is not None and new:
            self._counted(counters.item_id, before, heat_of(counters, self._tuning), counters.as_of)
        return new
