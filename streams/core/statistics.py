"""What is counted of one item: acts, decayed popularity, and the items it was liked together with.

Signals are counted once: per source partition and topic incarnation the state keeps the last counted offset, so signals
that a crash made its producer send again change nothing. Sums don't depend on how the partitions interleave, up to
float rounding, as long as no more than `neighbours_kept` neighbours compete (beyond that the weakest are cut, and which
was weakest at the time depends on the order).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import itemgetter

import msgspec

from streams.core.actions import POSITIVE_FROM
from streams.core.decay import DecayedSums, half_life_key
from streams.core.hours import PARTS, part_of
from streams.core.stages import STAGES, stage_of
from streams.core.surfaces import told_apart
from streams.core.tuning import Tuning
from streams.events import ItemStatistics, Signal

STEP = 0.93
"""Each step further back in the history weighs this much less as a companion."""

POSITIVE = "positive"
"""Beside one count per action, `counts` holds under this key how many acts were positive."""

_SLACK = 1.25  # cut neighbours only when this much over the bound, so that the cut is rare
_EPOCHS_KEPT = 4
_PREDECESSORS_SHARE = 2  # predecessors get half the places neighbours get


class Watermark(msgspec.Struct, array_like=True, frozen=True):
    """The last counted offset of one source partition in one incarnation of the topic."""

    epoch: int
    partition: int
    offset: int


class ItemCounters(msgspec.Struct, array_like=True):
    """The state of one item (table statistics). Changed in place by `count`."""

    item_id: str
    as_of: float
    counts: dict[str, int]
    popularity: list[DecayedSums]
    neighbours: DecayedSums
    predecessors: DecayedSums
    watermarks: list[Watermark] = []
    stages: list[int] = []
    first_at: float = 0.0
    hours: list[int] = []
    surfaces: dict[str, int] = {}

    @classmethod
    def empty(cls, item_id: str, tuning: Tuning) -> ItemCounters:
        return cls(
            item_id=item_id,
            as_of=0.0,
            counts={},
            popularity=[DecayedSums(h) for h in tuning.popularity_half_lives_s],
            neighbours=DecayedSums(tuning.neighbour_half_life_s),
            predecessors=DecayedSums(tuning.neighbour_half_life_s),
        )

    def count(self, signals: Iterable[Signal], tuning: Tuning) -> int:
        """Count signals of this item; how many of them were new."""
        new = 0
        known = {sums.half_life_s for sums in self.popularity}  # a state written before a half-life came lacks it
        self.popularity += [DecayedSums(h) for h in tuning.popularity_half_lives_s if h not in known]
        for signal in signals:
            if self._advance(signal):
                self._add(signal)
                new += 1
        for sums, most in (
            (self.neighbours, tuning.neighbours_kept),
            (self.predecessors, tuning.neighbours_kept // _PREDECESSORS_SHARE),
        ):
            if len(sums.values) > most * _SLACK:
                sums.keep_largest(most)
        return new

    def publish(self, tuning: Tuning) -> ItemStatistics:
        """What every worker follows: sums as of the newest act, the strongest neighbours, five digits each."""
        return ItemStatistics(
            item_id=self.item_id,
            as_of=self.as_of,
            counts=dict(sorted(self.counts.items())),
            popularity={
                half_life_key(s.half_life_s): _short(s.as_of(self.as_of).get("", 0.0)) for s in self.popularity
            },
            neighbours=_strongest(self.neighbours, self.as_of, tuning.neighbours_published),
            predecessors=_strongest(self.predecessors, self.as_of, tuning.neighbours_published // _PREDECESSORS_SHARE),
            stages=tuple(self.stages),
            first_at=self.first_at,
            hours=tuple(self.hours),
            surfaces=dict(sorted(self.surfaces.items())),
        )

    def to_bytes(self) -> bytes:
        return _encoder.encode(self)

    @staticmethod
    def from_bytes(raw: bytes) -> ItemCounters:
        """Read what `to_bytes` wrote. Raises msgspec.MsgspecError."""
        return _decoder.decode(raw)

    def _advance(self, signal: Signal) -> bool:
        """Move the watermark; False when the signal was counted before."""
        for at, mark in enumerate(self.watermarks):
            if mark.partition == signal.source_partition and mark.epoch == signal.source_epoch:
                if signal.source_offset <= mark.offset:
                    return False
                self.watermarks[at] = Watermark(mark.epoch, mark.partition, signal.source_offset)
                return True
        same = [mark for mark in self.watermarks if mark.partition == signal.source_partition]
        if len(same) >= _EPOCHS_KEPT:
            self.watermarks.remove(same[0])
        self.watermarks.append(Watermark(signal.source_epoch, signal.source_partition, signal.source_offset))
        return True

    def _add(self, signal: Signal) -> None:
        at = signal.occurred_at
        self.as_of = max(self.as_of, at)
        action = signal.action.value
        self.counts[action] = self.counts.get(action, 0) + 1
        if signal.weight <= 0:
            return
        if signal.weight >= POSITIVE_FROM:
            self.counts[POSITIVE] = self.counts.get(POSITIVE, 0) + 1
            self.first_at = min(at, self.first_at) if self.first_at else at
            self.stages = self.stages or [0] * STAGES
            self.stages[stage_of(signal.past)] += 1
            self.hours = self.hours or [0] * PARTS
            self.hours[part_of(at)] += 1
            if told_apart(signal.surface, self.surfaces):
                self.surfaces[signal.surface] = self.surfaces.get(signal.surface, 0) + 1
        for sums in self.popularity:
            sums.add("", signal.weight * sums.scale(at))
        if signal.companions:
            scaled = signal.weight * self.predecessors.scale(at)
            self.predecessors.add(signal.companions[0], scaled)
            # Of all that a user has liked, each pair says less the more there is (Deshpande and Karypis, TOIS 2004).
            scaled = signal.weight * self.neighbours.scale(at) / math.log2(2 + signal.past)
            for companion in signal.companions:
                self.neighbours.add(companion, scaled)
                scaled *= STEP


def _short(number: float) -> float:
    return float(f"{number:.5g}")


def _strongest(sums: DecayedSums, now: float, most: int) -> dict[str, float]:
    kept = list(sums.values.items())
    if len(kept) > most:  # sorting bare numbers first leaves few pairs to sort
        least = sorted(sums.values.values(), reverse=True)[most - 1]
        kept = [pair for pair in kept if pair[1] >= least]
    kept.sort(key=itemgetter(0))
    kept.sort(key=itemgetter(1), reverse=True)
    shrink = sums.shrink(now)
    return {item_id: _short(value * shrink) for item_id, value in kept[:most] if value * shrink > 0}


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ItemCounters)
