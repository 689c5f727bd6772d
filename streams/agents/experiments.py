"""Counts what experiments show: lists exposed to them, and the acts that were scored against those lists.

A table holds each exposed user's few sums and, for each partition and experiment, the sums of all its users; these are
published whenever they change, and the sum over partitions is what the experiment shows. All of a batch is counted at
its end, in one go, so that its effects go out together. Acts that were counted before (a crash made the batch come
again) lie at offsets that the sums have passed, and change nothing; a crash between two writes of a batch can make the
squares of its users miss that batch, or lose its acts, and never counts one twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import log2

import msgspec
from msgspec.structs import replace

from streams.agents.common import Emit, Table
from streams.core.experiments import counts as counting
from streams.core.experiments.counts import PLACES, Scored, UserSums
from streams.core.experiments.trial import Experiments
from streams.core.prequential import Score
from streams.events import BehaviourEvent, ExperimentCounts, Exposure, RecommendationList
from streams.observe import metrics
from streams.observe.labels import Warmth
from streams.ports.clock import Clock
from streams.topics import Topic

_MOST_ASKED = 10_000
_ENDED_KEPT = 8  # editions that have ended and may come back, remembered of each user

_Sums = dict[str, dict[str, UserSums]]
_counts = msgspec.json.Decoder(ExperimentCounts)
_user = msgspec.msgpack.Decoder(_Sums)


@dataclass(slots=True)
class _Share:
    """One partition's of a batch: what to count, and what is being written. `offset`: the newest of the batch."""

    partition: int
    offset: int = -1
    acts: list[tuple[str, int, Score]] = field(default_factory=list)
    lists: list[tuple[str, int, tuple[Exposure, ...]]] = field(default_factory=list)
    counts: dict[tuple[str, str], ExperimentCounts | None] = field(default_factory=dict)
    passed: dict[tuple[str, str], int] = field(default_factory=dict)
    users: dict[str, _Sums] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


class ExperimentBook:
    """One per worker. `begin` and `settle` stand around a batch of behaviour, whose agent alone writes the table."""

    def __init__(
        self, experiments: Experiments, table: Table, emit: Emit, epoch: Callable[[], int], clock: Clock
    ) -> None:
        self._experiments = experiments
        self._table = table
        self._emit = emit
        self._epoch = epoch
        self._clock = clock
        self._shares: dict[int, _Share] = {}
        self._asked: deque[tuple[str, int, tuple[Exposure, ...]]] = deque(maxlen=_MOST_ASKED)

    def begin(self, partitions: Iterable[int]) -> None:
        """A batch with records of these partitions begins; what an attempt before it left behind is dropped."""
        self._shares = {partition: _Share(partition) for partition in partitions}

    def acted(self, event: BehaviourEvent, partition: int, offset: int, score: Score | None) -> None:
        """An act of the batch, with what it scored against the user's last list."""
        if score is not None and score.exposures:
            self._share(partition, offset).acts.append((event.user_id, offset, score))

    def pushed(self, made: RecommendationList) -> None:
        """A list that the batch pushed."""
        if made.exposures:
            at = made.lineage
            share = self._share(at.behaviour_partition, at.behaviour_offset)
            share.lists.append((made.user_id, at.behaviour_offset, made.exposures))

    def asked(self, made: RecommendationList) -> None:
        """A list that was made on request: it is counted with the partition's next batch of behaviour."""
        if made.exposures:
            self._asked.append((made.user_id, made.lineage.behaviour_partition, made.exposures))

    def forget(self, user_id: str) -> None:
        """Drop what is remembered of a user (erasure); the table's entry is the erasing agent's to delete."""
        self._asked = deque((one for one in self._asked if one[0] != user_id), maxlen=_MOST_ASKED)

    def settle(self) -> None:
        """Count what the batch brought, write it and publish it; without an await, so that nothing comes between."""
        for _ in range(len(self._asked)):
            user_id, partition, exposures = self._asked.popleft()
            if partition in self._shares:
                self._shares[partition].lists.append((user_id, _NEW, exposures))
            else:
                self._asked.append((user_id, partition, exposures))
        for share in self._shares.values():
            for user_id, offset, score in sorted(share.acts, key=lambda act: act[1]):
                self._count_act(share, user_id, offset, score)
            for user_id, offset, exposures in share.lists:
                for exposure in exposures:
                    self._count_list(share, user_id, offset, exposure)
            self._write(share)
        self._shares = {}

    def _share(self, partition: int, offset: int) -> _Share:
        share = self._shares[partition]
        share.offset = max(share.offset, offset)
        return share

    def _count_list(self, share: _Share, user_id: str, offset: int, exposure: Exposure) -> None:
        counts = self._counts_of(share, exposure, offset)
        if counts is not None:
            sums = self._sums_of(share, user_id)
            counted, sums[exposure.edition] = counting.exposed(counts, exposure, sums.get(exposure.edition, {}))
            self._changed(share, counted, user_id)
            metrics.EXPERIMENT_LISTS.labels(exposure.experiment, exposure.variant).inc()

    def _count_act(self, share: _Share, user_id: str, offset: int, score: Score) -> None:
        hit = 0 < score.rank <= PLACES
        act = Scored(
            hit=float(hit),
            ndcg=1 / log2(score.rank + 1) if hit else 0.0,
            source=score.source if hit else "",
            popularity_hit=0 < score.popularity_rank <= PLACES,
            cold=score.cold,
        )
        for exposure in score.exposures:
            counts = self._counts_of(share, exposure, offset)
            if counts is not None:
                sums = self._sums_of(share, user_id)
                known = sums.get(exposure.edition, {})
                counted, sums[exposure.edition] = counting.scored(counts, exposure, score.rank, act, known)
                self._changed(share, counted, user_id)
                _measure(exposure, score.rank, act)

    def _counts_of(self, share: _Share, exposure: Exposure, offset: int) -> ExperimentCounts | None:
        """The sums to add to; None for what they hold already, and for an experiment that has ended."""
        key = exposure.experiment, exposure.edition
        if key not in share.counts:
            share.counts[key] = self._stored(share.partition, exposure)
            held = share.counts[key]
            share.passed[key] = held.offset if held is not None and held.epoch == self._epoch() else -1
        return share.counts[key] if offset == _NEW or offset > share.passed[key] else None

    def _stored(self, partition: int, exposure: Exposure) -> ExperimentCounts | None:
        running = [one for one in self._experiments.running if one.edition == exposure.edition]
        if not running:
            return None
        raw = self._table.get(_counts_key(partition, exposure.experiment, exposure.edition), partition)
        return counting.begun(running[0], partition, self._clock.now()) if raw is None else _counts.decode(raw)

    def _sums_of(self, share: _Share, user_id: str) -> _Sums:
        if user_id not in share.users:
            raw = self._table.get(user_id.encode(), share.partition)
            share.users[user_id] = {} if raw is None else _user.decode(raw)
        return share.users[user_id]

    @staticmethod
    def _changed(share: _Share, counts: ExperimentCounts, user_id: str) -> None:
        share.counts[counts.experiment, counts.edition] = counts
        share.changed.add(user_id)

    def _write(self, share: _Share) -> None:
        running = {one.edition for one in self._experiments.running}
        for user_id in share.changed:
            sums = share.users[user_id]
            for edition in [one for one in sums if one not in running][:-_ENDED_KEPT]:
                del sums[edition]
            self._table.set(user_id.encode(), msgspec.msgpack.encode(sums), share.partition)
        if not share.changed:
            return
        for (name, edition), counts in share.counts.items():
            if counts is None:
                continue
            passed = max(share.offset, share.passed[name, edition])
            value = msgspec.json.encode(replace(counts, epoch=self._epoch(), offset=passed))
            self._table.set(_counts_key(share.partition, name, edition), value, share.partition)
            self._emit(Topic.EXPERIMENTS, f"{name}/{edition}/{share.partition}".encode(), value)


_NEW = -1
"""In place of an offset: made on request, which is not counted twice because it is counted from memory."""


def _counts_key(partition: int, name: str, edition: str) -> bytes:
    """No user's id begins with a null byte (intake.py refuses it)."""
    return f"\0{partition}/{name}/{edition}".encode()


def _measure(exposure: Exposure, rank: int, act: Scored) -> None:
    """For Prometheus: an interleaved act is evaluated under both variants, and a hit of the one that chose the item."""
    warmth = Warmth.COLD if act.cold else Warmth.WARM
    team = exposure.variant
    if exposure.teams:
        team = exposure.teams[rank - 1] if 0 < rank <= len(exposure.teams) else ""
    for variant in dict.fromkeys(exposure.teams) if exposure.teams else (exposure.variant,):
        metrics.EXPERIMENT_EVALUATED.labels(exposure.experiment, variant, warmth).inc()
    if act.hit and team:
        metrics.EXPERIMENT_HITS.labels(exposure.experiment, team, act.source, warmth).inc()
        metrics.EXPERIMENT_NDCG.labels(exposure.experiment, team).inc(act.ndcg)
