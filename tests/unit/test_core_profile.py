from __future__ import annotations

import uuid
from collections.abc import Callable

import msgspec
import pytest
from core_builders import NOW, arrivals, event, folded

from streams.core import profile_wire
from streams.core.actions import action_of
from streams.core.hashing import item_hash
from streams.core.profile import EMPTY, Outcome, Profile, fold, signal_of
from streams.core.tuning import Tuning
from streams.events import Action

TUNING = Tuning()
SMALL = Tuning(history_size=3)


def test_acts_stand_in_event_order_whatever_the_order_of_arrival() -> None:
    late_first = folded([event("e2", "b", at=NOW + 2), event("e1", "a", at=NOW + 1)])
    assert [act.item_id for act in late_first.acts] == ["a", "b"]


def test_the_same_event_under_a_new_offset_is_a_duplicate_and_changes_nothing() -> None:
    once = folded([event("e1")])
    twice, outcomes = fold(once, arrivals([event("e1")], start=7), TUNING)
    assert outcomes == [Outcome.DUPLICATE]
    assert twice.taste == once.taste


def test_the_same_record_again_is_a_replay_and_changes_nothing() -> None:
    records = arrivals([event("e1"), event("e2", "b", at=NOW + 1)])
    once, _ = fold(EMPTY, records, TUNING)
    again, outcomes = fold(once, records, TUNING)
    assert outcomes == [Outcome.REPLAYED, Outcome.REPLAYED]
    assert again == once


def test_a_duplicate_met_again_in_a_replay_is_still_a_duplicate() -> None:
    records = arrivals([event("e1"), event("e1"), event("e2", "b", at=NOW + 1)])
    once, outcomes = fold(EMPTY, records, TUNING)
    assert outcomes == [Outcome.FOLDED, Outcome.DUPLICATE, Outcome.FOLDED]
    assert fold(once, records, TUNING)[1] == [Outcome.REPLAYED, Outcome.DUPLICATE, Outcome.REPLAYED]


def test_offsets_of_a_recreated_topic_start_again() -> None:
    before, _ = fold(EMPTY, arrivals([event("e1")], start=100, epoch=1), TUNING)
    after, outcomes = fold(before, arrivals([event("e2", "b", at=NOW + 1)], start=0, epoch=2), TUNING)
    assert outcomes == [Outcome.FOLDED]
    assert (after.epoch, after.offset) == (2, 0)


def test_what_falls_off_the_history_is_remembered_as_used_up() -> None:
    profile = folded([event(f"e{n}", f"item-{n}", at=NOW + n) for n in range(5)], SMALL)
    assert [act.item_id for act in profile.acts] == ["item-2", "item-3", "item-4"]
    assert item_hash("item-0") in profile.seen
    assert item_hash("item-1") in profile.seen


def test_a_skip_that_falls_off_leaves_the_item_available() -> None:
    events = [event("skip", "skipped", Action.SKIP)] + [event(f"e{n}", f"i{n}", at=NOW + 1 + n) for n in range(3)]
    assert item_hash("skipped") not in folded(events, SMALL).seen


def test_an_event_older_than_the_history_is_late_and_its_repeat_a_duplicate() -> None:
    profile = folded([event(f"e{n}", f"item-{n}", at=NOW + n) for n in range(3)], SMALL)
    late = event("old", "ancient", at=NOW - 1000)
    after, outcomes = fold(profile, arrivals([late, late], start=10), SMALL)
    assert outcomes == [Outcome.LATE, Outcome.DUPLICATE]
    assert item_hash("ancient") in after.seen
    assert after.acts == profile.acts


def test_a_refused_item_outlives_consumed_ones_in_memory() -> None:
    tuning = Tuning(history_size=1, seen_kept=2)
    events = [event("no", "hated", Action.HIDE, at=NOW)]
    events += [event(f"e{n}", f"i{n}", at=NOW + 86_400 * (1 + n)) for n in range(5)]
    assert item_hash("hated") in folded(events, tuning).seen


def test_impressions_are_exposures_not_acts() -> None:
    profile = folded([event("e1", action=Action.IMPRESSION), event("e2", action=Action.IMPRESSION, at=NOW + 1)])
    assert profile.acts == ()
    assert [exposure.item for exposure in profile.exposures] == [item_hash("a")] * 2


def test_only_the_newest_exposures_are_kept() -> None:
    tuning = Tuning(exposures_kept=2)
    shown = [event(f"e{n}", f"i{n}", Action.IMPRESSION, at=NOW + n) for n in range(4)]
    assert [e.item for e in folded(shown, tuning).exposures] == [item_hash("i2"), item_hash("i3")]


def test_a_signal_carries_what_was_liked_just_before_nearest_first() -> None:
    events = [
        event("e1", "a", at=NOW + 1),
        event("e2", "b", Action.DISLIKE, at=NOW + 2),
        event("e3", "c", at=NOW + 3),
        event("e4", "a", at=NOW + 4),
        event("e5", "d", at=NOW + 5),
        event("e6", "later", at=NOW + 6),
    ]
    records = arrivals(events, partition=3)
    profile, _ = fold(EMPTY, records, TUNING)
    signal = signal_of(profile, records[4], TUNING)
    assert signal.companions == ("a", "c")
    assert (signal.item_id, signal.source_partition, signal.source_offset, signal.weight) == ("d", 3, 4, 1.0)


def test_a_signal_is_the_same_after_one_batch_or_many_and_in_a_replay() -> None:
    records = arrivals([event(f"e{n}", f"i{n}", at=NOW + n) for n in range(6)])
    whole, _ = fold(EMPTY, records, TUNING)
    step, stepwise = EMPTY, []
    for record in records:
        step, _ = fold(step, [record], TUNING)
        stepwise.append(signal_of(step, record, TUNING))
    assert stepwise == [signal_of(whole, record, TUNING) for record in records]


def test_a_dislike_brings_no_companions() -> None:
    records = arrivals([event("e1", "a"), event("e2", "b", Action.DISLIKE, at=NOW + 1)])
    profile, _ = fold(EMPTY, records, TUNING)
    signal = signal_of(profile, records[1], TUNING)
    assert (signal.companions, signal.weight) == ((), -1.0)


def _visitor(new_id: Callable[[int], str], impressions: int) -> Profile:
    events = [
        event(
            f"event-{n}",
            new_id(n),
            Action.IMPRESSION if n % 100 < impressions else Action.RATING,
            at=NOW + n * 3601.7,
            value=4.0,
        )
        for n in range(100)
    ]
    return folded(events)


@pytest.mark.parametrize("impressions", [0, 30, 60])
@pytest.mark.parametrize("form", ["number", "uuid", "slug"])
def test_a_user_with_a_hundred_events_fits_in_two_kilobytes(form: str, impressions: int) -> None:
    names = {
        "number": lambda n: str(n * 37 % 9000),
        "uuid": lambda n: str(uuid.UUID(int=n * 2**90 + 12345)),
        "slug": lambda n: f"film-{n:05d}",
    }
    profile = _visitor(names[form], impressions)
    assert len(profile_wire.to_bytes(profile)) <= 2048


def test_bytes_give_the_profile_back() -> None:
    profile = _visitor(lambda n: str(uuid.UUID(int=n)) if n % 2 else f"é-{n}", 30)
    assert profile_wire.from_bytes(profile_wire.to_bytes(profile)) == profile
    assert action_of(profile.acts[0].grade) is Action.RATING


def test_exposures_that_an_older_release_wrote_are_read() -> None:
    shown = event("shown", "b", Action.IMPRESSION)
    profile = folded([event("1"), shown])
    wire = msgspec.msgpack.decode(profile_wire.to_bytes(profile))
    (exposure,) = profile.exposures
    old = exposure.s.to_bytes(4) + exposure.event.to_bytes(6) + exposure.item.to_bytes(4)
    wire = [*wire[:8], old, *wire[9:11]]
    assert profile_wire.from_bytes(msgspec.msgpack.encode(wire)) == profile


@pytest.mark.parametrize("raw", [b"", b"\x00", b"not a profile", msgspec.msgpack.encode([99] + [0] * 9)])
def test_bytes_that_are_no_profile_are_refused_with_advice(raw: bytes) -> None:
    with pytest.raises(profile_wire.ProfileUnreadable, match=r"rebuild|upgrade"):
        profile_wire.from_bytes(raw)


def test_a_profile_of_a_later_version_is_refused() -> None:
    raw = bytearray(profile_wire.to_bytes(EMPTY))
    raw[1] = 9
    with pytest.raises(profile_wire.ProfileUnreadable, match="version 9"):
        profile_wire.from_bytes(bytes(raw))
