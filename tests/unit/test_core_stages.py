"""Who likes an item: beginners or regulars; and counters written before that was counted."""

from __future__ import annotations

import pytest
from core_builders import NOW, ask, encoded, event, exact_hits, feature_of, folded, themed, visits, world_of

from streams.core.decay import DecayedSums
from streams.core.profile import EMPTY, Arrival, Profile, fold, signal_of
from streams.core.recommend import World, plan, rank
from streams.core.stages import PAST_COUNTED, STAGES, stage_of
from streams.core.statistics import ItemCounters
from streams.core.tuning import Tuning
from streams.events import Signal


def liked(item_id: str, past: int, offset: int = 0) -> Signal:
    return Signal(item_id, event("e").action, 1.0, NOW, 1, 0, offset, past=past)


def test_stages_follow_one_another() -> None:
    stages = [stage_of(past) for past in range(2 * PAST_COUNTED)]
    assert stages == sorted(stages)
    assert set(stages) == set(range(STAGES))
    assert [stage_of(past) for past in (0, 1, 3, 4, 9, 10, 24, 25)] == [0, 1, 1, 2, 2, 3, 3, 4]


@pytest.mark.parametrize("before", [0, 3, PAST_COUNTED + 10])
def test_a_signal_says_how_much_its_user_had_liked_before(before: int) -> None:
    profile = folded([event(f"e{n}", f"i{n}", at=NOW + n) for n in range(before)])
    arrival = Arrival(event("last", "new", at=NOW + 100), 1, 0, before)
    after, _ = fold(profile, [arrival], Tuning())
    assert signal_of(after, arrival, Tuning()).past == min(before, PAST_COUNTED)


def lifts(world: World, profile: Profile) -> dict[str, float]:
    """The feature stage_lift of the user's candidates."""
    return feature_of(rank(plan(profile, world), exact_hits(world, profile), ask(), world), "stage_lift")


def test_an_item_that_beginners_like_is_likelier_for_them_than_for_regulars() -> None:
    world = world_of([encoded("first"), encoded("later"), *themed()])
    for item_id, past in (("first", 0), ("later", PAST_COUNTED)):
        counter = ItemCounters.empty(item_id, world.tuning)
        counter.count([liked(item_id, past, n) for n in range(20)], world.tuning)
        world.statistics.apply(counter.publish(world.tuning))
    newcomer = lifts(world, EMPTY)
    regular = lifts(world, folded([event(f"e{n}", f"t{n % 4}-{n // 4}", at=NOW + n) for n in range(PAST_COUNTED)]))
    assert newcomer["first"] > 0 > newcomer["later"]
    assert regular["later"] > 0 > regular["first"]


def test_a_forgotten_item_takes_its_stages_with_it() -> None:
    world = world_of([encoded("a"), encoded("b")])
    visits(world, [["a", "b"], ["b", "a"], ["b", "a"]])
    assert lifts(world, EMPTY)["b"] != pytest.approx(0)
    for item_id in ("a", "b"):
        world.statistics.delete(item_id)
    assert lifts(world, EMPTY)["b"] == pytest.approx(0)


def test_counters_of_an_earlier_release_get_the_half_lives_they_lack() -> None:
    tuning = Tuning()
    old = ItemCounters.empty("a", tuning)
    old.popularity = [DecayedSums(tuning.trend_half_life_s)]
    read = ItemCounters.from_bytes(old.to_bytes())
    read.count([liked("a", 0)], tuning)
    assert {sums.half_life_s for sums in read.popularity} == set(tuning.popularity_half_lives_s)
    assert all(value > 0 for value in read.publish(tuning).popularity.values())
