"""Folding doesn't care about order, repeats or batches."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from core_builders import NOW, arrivals, event
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core import profile_wire
from streams.core.profile import EMPTY, Profile, fold
from streams.core.statistics import ItemCounters
from streams.core.tuning import Tuning
from streams.events import Action, BehaviourEvent, ItemStatistics, Signal

# Small bounds, so that everything that can overflow does.
TIGHT = Tuning(history_size=4, exposures_kept=3, seen_kept=5)
ITEMS = st.sampled_from([f"item-{n}" for n in range(12)])

events = st.lists(
    st.builds(
        lambda item, action, tick, value: event("", item, action, NOW + tick, value),
        ITEMS,
        st.sampled_from(list(Action)),
        st.integers(0, 10 * 86_400),
        st.one_of(st.none(), st.floats(0, 5)),
    ),
    max_size=14,
).map(lambda made: [replaced(one, f"event-{n}") for n, one in enumerate(made)])


def replaced(one: BehaviourEvent, event_id: str) -> BehaviourEvent:
    return BehaviourEvent(event_id, one.user_id, one.item_id, one.action, one.occurred_at, one.value)


def fold_in(batches: list[list[BehaviourEvent]]) -> Profile:
    profile, offset = EMPTY, 0
    for batch in batches:
        profile, _ = fold(profile, arrivals(batch, start=offset), TIGHT)
        offset += len(batch)
    return profile


@given(events, st.data())
def test_any_order_gives_the_same_taste(made: list[BehaviourEvent], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(made))
    assert fold_in([shuffled]).taste == fold_in([made]).taste


@given(events, st.data())
def test_duplicates_change_nothing(made: list[BehaviourEvent], data: st.DataObject) -> None:
    repeats = data.draw(st.lists(st.sampled_from(made), max_size=10)) if made else []
    mixed = data.draw(st.permutations(made + repeats))
    assert fold_in([mixed]).taste == fold_in([made]).taste


@given(events, st.data())
def test_any_split_into_batches_gives_the_same_profile(made: list[BehaviourEvent], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(made)), max_size=4)))
    edges = [0, *cuts, len(made)]
    assert fold_in([made[a:b] for a, b in pairwise(edges)]) == fold_in([made])


@given(events, st.integers(0, 14))
def test_a_restart_from_any_earlier_offset_changes_nothing(made: list[BehaviourEvent], back: int) -> None:
    whole = fold_in([made])
    assert fold(whole, arrivals(made)[max(0, len(made) - back) :], TIGHT)[0] == whole


@given(events)
def test_the_profile_stays_within_its_bounds_and_survives_the_wire(made: list[BehaviourEvent]) -> None:
    profile = fold_in([made])
    assert len(profile.acts) <= TIGHT.history_size
    assert len(profile.exposures) <= TIGHT.exposures_kept
    assert len(profile.seen) <= TIGHT.seen_kept
    assert profile_wire.from_bytes(profile_wire.to_bytes(profile)) == profile


@given(st.text(min_size=1, max_size=60))
def test_any_item_id_survives_packing(item_id: str) -> None:
    assert profile_wire.unpack_id(profile_wire.pack_id(item_id)) == item_id


@given(st.from_regex(r"[0-9]{1,22}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", fullmatch=True))
def test_ids_that_look_like_numbers_or_uuids_survive_packing(item_id: str) -> None:
    assert profile_wire.unpack_id(profile_wire.pack_id(item_id)) == item_id


@given(st.binary(max_size=80))
def test_random_bytes_are_refused_never_misread(raw: bytes) -> None:
    with pytest.raises(profile_wire.ProfileUnreadable):
        profile_wire.from_bytes(raw)


signals = st.lists(
    st.builds(
        lambda partition, tick, action_weight, companions, surface: Signal(
            item_id="item",
            action=action_weight[0],
            weight=action_weight[1],
            occurred_at=NOW + tick,
            source_epoch=1,
            source_partition=partition,
            source_offset=0,
            companions=tuple(dict.fromkeys(companions)) if action_weight[1] > 0 else (),
            surface=surface,
        ),
        st.integers(0, 2),
        st.integers(-30 * 86_400, 30 * 86_400),
        st.sampled_from([(Action.LIKE, 1.0), (Action.VIEW, 0.3), (Action.DISLIKE, -1.0), (Action.IMPRESSION, 0.0)]),
        st.lists(ITEMS, max_size=5),
        st.sampled_from(["default", "home", "mail"]),
    ),
    max_size=20,
)


def streams_of(made: list[Signal]) -> list[list[Signal]]:
    """The signals by source partition, at consecutive offsets."""
    partitions: list[list[Signal]] = [[], [], []]
    for one in made:
        own = partitions[one.source_partition]
        own.append(msgspec.structs.replace(one, source_offset=len(own)))
    return partitions


def counted(batches: list[list[Signal]]) -> ItemCounters:
    state = ItemCounters.empty("item", Tuning())
    for batch in batches:
        state.count(batch, Tuning())
        state = ItemCounters.from_bytes(state.to_bytes())
    return state


def assert_alike(one: ItemStatistics, other: ItemStatistics) -> None:
    """Equal up to the rounding of sums."""
    assert (one.counts, one.as_of, one.first_at) == (other.counts, other.as_of, other.first_at)
    assert (one.stages, one.hours, one.surfaces) == (other.stages, other.hours, other.surfaces)
    for ours, theirs in ((one.popularity, other.popularity), (one.neighbours, other.neighbours)):
        assert ours == pytest.approx(theirs, rel=1e-4)
    assert one.predecessors == pytest.approx(other.predecessors, rel=1e-4)


@given(signals, st.data())
def test_partitions_may_interleave_in_any_way(made: list[Signal], data: st.DataObject) -> None:
    partitions = streams_of(made)
    left = [list(one) for one in partitions]
    mixed: list[Signal] = []
    while any(left):
        mixed.append(data.draw(st.sampled_from([one for one in left if one])).pop(0))
    in_turn = counted([[signal for one in partitions for signal in one]])
    assert_alike(counted([mixed]).publish(Tuning()), in_turn.publish(Tuning()))


@given(signals, st.data())
def test_signals_sent_again_are_counted_once(made: list[Signal], data: st.DataObject) -> None:
    ordered = [signal for one in streams_of(made) for signal in one]
    crash = data.draw(st.integers(0, len(ordered)))
    back = data.draw(st.integers(0, crash))
    assert counted([ordered[:crash], ordered[back:]]) == counted([ordered])


@given(signals, st.integers(1, 5))
def test_any_split_into_batches_counts_the_same(made: list[Signal], size: int) -> None:
    ordered = [signal for one in streams_of(made) for signal in one]
    split = [ordered[at : at + size] for at in range(0, len(ordered), size)]
    assert counted(split) == counted([ordered])


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.integers(1, 6))
@settings(max_examples=30)
def test_neighbours_stay_within_their_bound(companions: list[int], kept: int) -> None:
    tuning = replace(Tuning(), neighbours_kept=kept, neighbours_published=3)
    state = ItemCounters.empty("item", tuning)
    for offset, companion in enumerate(companions):
        signal = Signal("item", Action.LIKE, 1.0, NOW + offset, 1, 0, offset, (f"c{companion}",))
        state.count([signal], tuning)
    assert len(state.neighbours.values) <= kept * 1.25
    assert len(state.publish(tuning).neighbours) <= 3
