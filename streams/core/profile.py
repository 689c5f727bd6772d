"""A user's profile: what they did lately in full, what they used up before that as hashes, what they were shown.

The taste part is a function of the *set* of events: the history is the newest N by (time, event hash), which is the
same whatever the order of arrival; what falls off joins the set of used-up items. Interests are not stored: they are
computed from this (interests.py), so a new encoder version costs profiles nothing. The wire form is in
profile_wire.py (about 1 kB for 100 events).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from streams.core.actions import POSITIVE_FROM, action_of, consumes, grade_of, refuses, weight_of_grade
from streams.core.hashing import event_hash, item_hash
from streams.core.seen import Seen, mark_of
from streams.core.stages import PAST_COUNTED
from streams.core.surfaces import surface_of
from streams.core.tuning import Tuning
from streams.events import Action, BehaviourEvent, Signal

REPEATS_KEPT = 32


class Act(NamedTuple):
    """One act of the history: time in ms, 48-bit event hash, grade (actions.py), item id. Tuples sort canonically."""

    ms: int
    event: int
    grade: int
    item_id: str

    @property
    def weight(self) -> float:
        return weight_of_grade(self.grade)

    @property
    def positive(self) -> bool:
        return weight_of_grade(self.grade) >= POSITIVE_FROM


class Exposure(NamedTuple):
    """One impression: time in s, 48-bit event hash, 32-bit item hash."""

    s: int
    event: int
    item: int


class Arrival(NamedTuple):
    """An event (clamped, see clamp.py) and where it lies: topic incarnation, partition and offset."""

    event: BehaviourEvent
    epoch: int
    partition: int
    offset: int


class Outcome(StrEnum):
    """What an arrival did.

    FOLDED: it changed the profile. LATE: it is older than the whole kept history; only "used up" was noted.
    DUPLICATE: the event was already there under another offset: nothing may happen.
    REPLAYED: this very record was folded before: the state is unchanged, its effects must be sent again.
    """

    FOLDED = "folded"
    LATE = "late"
    DUPLICATE = "duplicate"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Profile:
    """`acts` and `exposures` are oldest first; `epoch`/`offset` locate the last folded record (-1 = none).

    `repeats`: the newest offsets at which duplicates lay, so that a duplicate met again in a replay is still one.
    """

    acts: tuple[Act, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    seen: Seen = field(default_factory=Seen)
    epoch: int = -1
    offset: int = -1
    repeats: tuple[int, ...] = ()

    @property
    def taste(self) -> tuple[tuple[Act, ...], tuple[Exposure, ...], Seen]:
        """What depends only on the set of events, not on where they lay."""
        return self.acts, self.exposures, self.seen


EMPTY = Profile()


def fold(profile: Profile, arrivals: Iterable[Arrival], tuning: Tuning) -> tuple[Profile, list[Outcome]]:
    """Fold records of one user, in the order of their offsets. One outcome per arrival."""
    acts, exposures, seen = list(profile.acts), list(profile.exposures), profile.seen
    known = {act.event for act in acts} | {exposure.event for exposure in exposures}
    epoch, offset, repeats = profile.epoch, profile.offset, list(profile.repeats)
    outcomes: list[Outcome] = []
    for arrival in arrivals:
        if arrival.epoch == epoch and arrival.offset <= offset:
            outcomes.append(Outcome.DUPLICATE if arrival.offset in repeats else Outcome.REPLAYED)
            continue
        if arrival.epoch != epoch:
            repeats = []
        epoch, offset = arrival.epoch, arrival.offset
        event = arrival.event
        key = event_hash(event.event_id)
        if key in known:
            outcomes.append(Outcome.DUPLICATE)
            repeats.append(offset)
            continue
        known.add(key)
        ms = round(event.occurred_at * 1000)
        if event.action is Action.IMPRESSION:
            insort(exposures, Exposure(ms // 1000, key, item_hash(event.item_id)))
            dropped = len(exposures) > tuning.exposures_kept and exposures.pop(0)
            outcomes.append(Outcome.LATE if dropped and dropped.event == key else Outcome.FOLDED)
            continue
        insort(acts, Act(ms, key, grade_of(event.action, event.value), event.item_id))
        outcome = Outcome.FOLDED
        while len(acts) > tuning.history_size:
            oldest = acts.pop(0)
            was_seen = item_hash(oldest.item_id) in seen
            seen = _retired(seen, oldest, tuning.seen_kept)
            if oldest.event == key:
                # Too old to be remembered by its id: an item already used up tells a repeat from a latecomer.
                outcome = Outcome.DUPLICATE if was_seen else Outcome.LATE
        if outcome is Outcome.DUPLICATE:
            repeats.append(offset)
        outcomes.append(outcome)
    kept = tuple(repeats[-REPEATS_KEPT:])
    return Profile(tuple(acts), tuple(exposures), seen, epoch, offset, kept), outcomes


def _retired(seen: Seen, act: Act, most: int) -> Seen:
    """What stays of an act that falls off the history: an act that used its item up leaves the item's hash."""
    action = action_of(act.grade)
    if not consumes(action):
        return seen
    return seen.with_item(item_hash(act.item_id), mark_of(act.ms, refused=refuses(action)), most)


def signal_of(profile: Profile, arrival: Arrival, tuning: Tuning) -> Signal:
    """The act as its item sees it, from the profile *after* folding the arrival (so a replay gives it again).

    Companions are the distinct items liked just before it in event order, nearest first; only liking has them.
    """
    event = arrival.event
    grade = grade_of(event.action, event.value)
    weight = weight_of_grade(grade)
    companions: dict[str, None] = {}
    past = 0
    if weight >= POSITIVE_FROM:
        at = bisect_left(profile.acts, (round(event.occurred_at * 1000), event_hash(event.event_id)))
        for act in reversed(profile.acts[:at]):
            if len(companions) == tuning.companions:
                break
            if act.positive and act.item_id != event.item_id:
                companions[act.item_id] = None
        past = sum(act.positive for act in profile.acts[max(0, at - PAST_COUNTED) : at])
    return Signal(
        item_id=event.item_id,
        action=event.action,
        weight=round(weight, 6),
        occurred_at=event.occurred_at,
        source_epoch=arrival.epoch,
        source_partition=arrival.partition,
        source_offset=arrival.offset,
        companions=tuple(companions),
        past=past,
        surface=surface_of(event.context),
    )
