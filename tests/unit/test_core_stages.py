"""Who likes an item: beginners or regulars; and counters written before that was counted."""

from __future__ import annotations

import numpy as np
import pytest
from core_builders import NOW, event, folded, visits, world_of

from streams.core.decay import DecayedSums
from streams.core.profile import Arrival, fold, signal_of
from streams.core.rows import Rows
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


def test_an_item_that_beginners_like_is_likelier_for_them_than_for_regulars() -> None:
    world = world_of([])
    for item_id, past in (("first", 0), ("later", PAST_COUNTED)):
        counter = ItemCounters.empty(item_id, world.tuning)
        counter.count([liked(item_id, past, n) for n in range(20)], world.tuning)
        world.statistics.apply(counter.publish(world.tuning))
    rows: Rows = world.catalogue.rows.find_all(["first", "later"])
    newcomer = world.statistics.stage_lift(rows, np.zeros(2, np.intp))
    regular = world.statistics.stage_lift(rows, np.full(2, STAGES - 1))
    assert newcomer[0] > 0 > newcomer[1]
    assert regular[1] > 0 > regular[0]


def test_a_forgotten_item_takes_its_stages_with_it() -> None:
    world = world_of([])
    visits(world, [["a", "b"], ["b", "a"]])
    rows = world.catalogue.rows.find_all(["b"])
    for item_id in ("a", "b"):
        world.statistics.delete(item_id)
    assert world.statistics.stage_lift(rows, np.zeros(1, np.intp)) == pytest.approx(0)


def test_counters_of_an_earlier_release_get_the_half_lives_they_lack() -> None:
    tuning = Tuning()
    old = ItemCounters.empty("a", tuning)
    old.popularity = [DecayedSums(tuning.trend_half_life_s)]
    read = ItemCounters.from_bytes(old.to_bytes())
    read.count([liked("a", 0)], tuning)
    assert {sums.half_life_s for sums in read.popularity} == set(tuning.popularity_half_lives_s)
    assert all(value > 0 for value in read.publish(tuning).popularity.values())
