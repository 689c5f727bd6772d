"""PROFILE: behaviour in, fresh lists and signals out.

A micro-batch is folded user by user: one table write and one list per user, however many events they had. A duplicate
(same event_id) changes nothing and sends nothing. A replay (the same record again, after a crash) changes nothing and
sends everything once more: the crash may have come before the first sending; receivers recognise a repeat by list_id
and by the signal's source offset. Impressions alone push no list: they are what a list causes, not a reason for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from streams.agents.common import Emit, Record, Refuse, Table
from streams.agents.experiments import ExperimentBook
from streams.agents.lists import ListMaker
from streams.agents.live import LiveQuality
from streams.agents.teaching import Teaching
from streams.core import profile_wire
from streams.core.clamp import usable
from streams.core.intake import Intake, Rejection
from streams.core.profile import EMPTY, Arrival, Outcome, Profile, fold, signal_of
from streams.core.recommend import Ask
from streams.core.tuning import Tuning
from streams.events import Action, BehaviourEvent, Lineage, Signal
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.clock import Clock
from streams.topics import Topic

_STAGE = "profile"
# An event much older than its record is history being loaded: its age says nothing about how fresh the list is.
_BACKFILL_AFTER_S = 3600.0
# Series of the hot path, found once (series.py).
_HANDLED = {
    Outcome.FOLDED: metrics.EVENTS.labels(topic=Topic.BEHAVIOUR, outcome="ok"),
    Outcome.LATE: metrics.EVENTS.labels(topic=Topic.BEHAVIOUR, outcome="ok"),
    Outcome.DUPLICATE: metrics.EVENTS.labels(topic=Topic.BEHAVIOUR, outcome="duplicate"),
    Outcome.REPLAYED: metrics.EVENTS.labels(topic=Topic.BEHAVIOUR, outcome="replayed"),
}
_UNKNOWN_ITEM = metrics.EVENTS.labels(topic=Topic.BEHAVIOUR, outcome="unknown_item")
_NEWEST = metrics.NEWEST_EVENT.labels(topic=Topic.BEHAVIOUR)


@dataclass(slots=True)
class _Visit:
    """One user's records in a batch; `event_at` is the time of the newest event, as freshness counts it."""

    arrivals: list[Arrival] = field(default_factory=list)
    event_at: float = 0.0


class ProfileAgent:
    """Folds behaviour into profiles and pushes lists."""

    def __init__(
        self,
        *,
        profiles: Table,
        lists: ListMaker,
        live: LiveQuality,
        teaching: Teaching,
        experiments: ExperimentBook | None = None,
        epoch: Callable[[], int],
        emit: Emit,
        refuse: Refuse,
        clock: Clock,
        tuning: Tuning,
        max_event_bytes: int,
    ) -> None:
        self._profiles = profiles
        self._lists = lists
        self._live = live
        self._teaching = teaching
        self._experiments = experiments
        self._epoch = epoch
        self._emit = emit
        self._refuse = refuse
        self._clock = clock
        self._tuning = tuning
        self._intake = Intake(BehaviourEvent, "user_id", max_event_bytes)
        self.newest_event_at: float | None = None

    async def handle(self, records: Sequence[Record]) -> None:
        visits = self._read(records)
        series(metrics.BATCH_SIZE, _STAGE).observe(len(records))
        wanted: list[tuple[Profile, Ask]] = []
        if self._experiments is not None:
            self._experiments.begin({partition for partition, _ in visits})
        with series(metrics.STAGE_LATENCY, "profile_fold").time():
            signals: list[Signal] = []
            for (partition, key), visit in visits.items():
                asked = self._fold(key, partition, visit, signals)
                if asked is not None:
                    wanted.append(asked)
            self._send_signals(signals)
        if self.newest_event_at is not None:
            _NEWEST.set(self.newest_event_at)
        lists = await self._lists.make(wanted)
        for made in lists:
            self._emit(Topic.RECOMMENDATIONS, made.user_id.encode(), msgspec.json.encode(made))
            if self._experiments is not None:
                self._experiments.pushed(made)
        self._live.pushed(lists)
        if self._experiments is not None:
            self._experiments.settle()

    def _send_signals(self, signals: list[Signal]) -> None:
        """In the order of their source offsets, not user by user: receivers take a lower offset for a repeat."""
        for signal in sorted(signals, key=lambda signal: (signal.source_partition, signal.source_offset)):
            self._emit(Topic.SIGNALS, signal.item_id.encode(), msgspec.json.encode(signal))

    def _read(self, records: Sequence[Record]) -> dict[tuple[int, bytes], _Visit]:
        visits: dict[tuple[int, bytes], _Visit] = {}
        epoch = self._epoch()
        for record in records:
            event = self._intake.read(record.key, record.value)
            if isinstance(event, Rejection):
                self._refuse(record, _STAGE, event)
                continue
            event, clamps = usable(event, record.timestamp, self._tuning)
            for clamp in clamps:
                metrics.CLAMPS.labels(clamp=clamp).inc()
            if clamps:
                metrics.EVENTS.labels(topic=Topic.BEHAVIOUR, outcome="clamped").inc()
            visit = visits.setdefault((record.partition, record.key or b""), _Visit())
            visit.arrivals.append(Arrival(event, epoch, record.partition, record.offset))
            old = record.timestamp - event.occurred_at > _BACKFILL_AFTER_S
            visit.event_at = max(visit.event_at, record.timestamp if old else event.occurred_at)
        return visits

    def _fold(self, key: bytes, partition: int, visit: _Visit, signals: list[Signal]) -> tuple[Profile, Ask] | None:
        """Folds one user's events and adds their signals; gives what list to make, None when nothing calls for one."""
        stored = self._profiles.get(key, partition)
        before = EMPTY if stored is None else profile_wire.from_bytes(stored)
        after, outcomes = fold(before, visit.arrivals, self._tuning)
        pushes = False
        for arrival, outcome in zip(visit.arrivals, outcomes, strict=True):
            self._count(arrival.event, outcome)
            if outcome is Outcome.DUPLICATE:
                continue
            if outcome is not Outcome.REPLAYED:
                score = self._live.acted(arrival.event, before)
                if self._experiments is not None:
                    self._experiments.acted(arrival.event, partition, arrival.offset, score)
                self._teaching.acted(arrival.event, before, partition, self._emit)
            signals.append(signal_of(after, arrival, self._tuning))
            pushes = pushes or arrival.event.action is not Action.IMPRESSION
        if all(outcome is Outcome.DUPLICATE for outcome in outcomes):
            return None
        # Written after a replay too: the changelog may have missed what the local store kept through the crash.
        self._profiles.set(key, profile_wire.to_bytes(after), partition)
        if not pushes:
            return None
        last = visit.arrivals[-1]
        ask = Ask(
            user_id=last.event.user_id,
            trigger="behaviour",
            lineage=Lineage(partition, last.offset),
            made_at=self._clock.now(),
            event_at=visit.event_at,
        )
        return after, ask

    def _count(self, event: BehaviourEvent, outcome: Outcome) -> None:
        _HANDLED[outcome].inc()
        catalogue = self._lists.world.catalogue
        if catalogue.card(catalogue.rows.find(event.item_id)) is None:
            _UNKNOWN_ITEM.inc()
        self.newest_event_at = max(self.newest_event_at or event.occurred_at, event.occurred_at)
