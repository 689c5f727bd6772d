from __future__ import annotations

import numpy as np
import pytest
from core_builders import NOW, encoded, themed, visits, world_of

from streams.core.decay import DecayedSums, half_life_key
from streams.core.leaders import Leaders
from streams.core.recommend import World
from streams.core.statistics import POSITIVE, ItemCounters
from streams.core.tuning import DAY_S, Tuning
from streams.events import Action, ItemStatistics, Signal

TUNING = Tuning()


def signal(offset: int, at: float = NOW, action: Action = Action.LIKE, weight: float = 1.0, *companions: str) -> Signal:
    return Signal("item", action, weight, at, 1, 0, offset, companions)


def counted(*signals: Signal) -> ItemCounters:
    state = ItemCounters.empty("item", TUNING)
    state.count(signals, TUNING)
    return state


def row(world: World, item_id: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return world.catalogue.rows.find_all([item_id])


def around(world: World, item_id: str) -> dict[str, float]:
    ends, weights, _ = world.statistics.neighbours(row(world, item_id), NOW)
    found: dict[str, float] = {}
    for end, weight in zip(ends.tolist(), weights.tolist(), strict=True):
        found[world.catalogue.rows.id_of(end)] = found.get(world.catalogue.rows.id_of(end), 0) + weight
    return found


def test_an_act_counts_half_after_one_half_life() -> None:
    sums = DecayedSums(DAY_S)
    sums.add("", 1.0 * sums.scale(NOW))
    assert sums.as_of(NOW + DAY_S)[""] == pytest.approx(0.5)


def test_a_late_act_weighs_what_it_would_have_in_time() -> None:
    in_order, late = DecayedSums(DAY_S), DecayedSums(DAY_S)
    for sums, times in ((in_order, (NOW - 40 * DAY_S, NOW)), (late, (NOW, NOW - 40 * DAY_S))):
        for at in times:
            sums.add("", sums.scale(at))
    assert in_order.as_of(NOW) == pytest.approx(late.as_of(NOW), rel=1e-12)


def test_a_signal_sent_again_is_not_counted_again() -> None:
    state = counted(signal(5), signal(6))
    assert state.count([signal(5), signal(6)], TUNING) == 0
    assert state.counts["like"] == 2


def test_the_same_offset_of_another_partition_or_topic_counts() -> None:
    state = counted(signal(5))
    other = Signal("item", Action.LIKE, 1.0, NOW, 1, 9, 5)
    recreated = Signal("item", Action.LIKE, 1.0, NOW, 2, 0, 5)
    assert state.count([other, recreated], TUNING) == 2


def test_dislikes_and_impressions_are_counted_but_make_nothing_popular() -> None:
    published = counted(
        signal(1, NOW, Action.DISLIKE, -1.0), signal(2, NOW, Action.IMPRESSION, 0.0), signal(3)
    ).publish(TUNING)
    assert published.counts == {"dislike": 1, "impression": 1, "like": 1, POSITIVE: 1}
    assert published.popularity[half_life_key(TUNING.trend_half_life_s)] == pytest.approx(1.0)


def test_nearer_companions_weigh_more_and_only_the_last_is_a_predecessor() -> None:
    published = counted(signal(1, NOW, Action.LIKE, 1.0, "near", "far")).publish(TUNING)
    assert published.neighbours["near"] > published.neighbours["far"] > 0
    assert published.predecessors == {"near": pytest.approx(1.0)}


def test_bytes_give_the_counters_back() -> None:
    state = counted(signal(1, NOW, Action.LIKE, 1.0, "a", "b"))
    assert ItemCounters.from_bytes(state.to_bytes()) == state


def test_the_view_tells_popularity_and_trend_as_of_now() -> None:
    world = world_of([encoded("item")])
    world.statistics.apply(counted(signal(1)).publish(TUNING))
    later = NOW + TUNING.trend_half_life_s
    assert world.statistics.trend(row(world, "item"), later)[0] == pytest.approx(0.5, rel=1e-3)
    assert world.statistics.popularity(row(world, "item"), later)[0] == pytest.approx(0.994, rel=1e-2)
    assert world.statistics.acts(row(world, "item"))[0] == 1
    assert world.statistics.acts(row(world, "nobody"))[0] == 0


def test_what_was_liked_together_is_neighbour_both_ways() -> None:
    world = world_of(themed(1, 4))
    visits(world, [["t0-0", "t0-1"], ["t0-0", "t0-1"], ["t0-0", "t0-2"]])
    assert set(around(world, "t0-0")) == {"t0-1", "t0-2"}
    assert set(around(world, "t0-1")) == {"t0-0"}
    assert around(world, "t0-0")["t0-1"] > around(world, "t0-0")["t0-2"]


def test_successors_run_one_way() -> None:
    world = world_of(themed(1, 3))
    visits(world, [["t0-0", "t0-1"]])
    assert len(world.statistics.successors(row(world, "t0-0"), NOW)[0]) == 1
    assert len(world.statistics.successors(row(world, "t0-1"), NOW)[0]) == 0


def test_a_tombstone_forgets_what_was_counted() -> None:
    world = world_of(themed(1, 3))
    visits(world, [["t0-0", "t0-1"]])
    world.statistics.delete("t0-1")
    assert world.statistics.acts(row(world, "t0-1"))[0] == 0
    assert around(world, "t0-0") == {}


def test_a_row_that_goes_to_another_item_brings_no_neighbours_along() -> None:
    world = world_of([], Tuning(catalogue_items=2))  # four rows
    stats = ItemStatistics("a", NOW, {POSITIVE: 1}, {}, neighbours={"b": 1.0})
    world.statistics.apply(stats)
    assert set(around(world, "a")) == {"b"}
    for item_id in ("c", "d"):
        world.catalogue.rows.row(item_id)
    world.catalogue.rows.touch("a")
    world.catalogue.rows.row("e")  # takes b's row
    assert around(world, "a") == {}
    assert around(world, "e") == {}


def test_leaders_are_the_highest_and_stay_sorted_as_scores_rise() -> None:
    leaders = Leaders(3)
    for item, score in ((1, 1.0), (2, 2.0), (3, 3.0), (4, 0.5), (1, 5.0), (5, 2.5)):
        leaders.note(item, score)
    assert leaders.top().tolist() == [1, 3, 5]
    leaders.drop(3)
    assert leaders.top().tolist() == [1, 5]


def test_trending_forgets_what_popularity_remembers() -> None:
    world = world_of([encoded("old"), encoded("new")])
    for item_id, at, times in (("old", NOW - 10 * DAY_S, 50), ("new", NOW, 3)):
        state = ItemCounters.empty(item_id, TUNING)
        state.count([Signal(item_id, Action.LIKE, 1.0, at, 1, 0, n) for n in range(times)], TUNING)
        world.statistics.apply(state.publish(TUNING))
    ids = [world.catalogue.rows.id_of(int(r)) for r in world.statistics.trending.top()]
    assert ids == ["new", "old"]
    ids = [world.catalogue.rows.id_of(int(r)) for r in world.statistics.all_time.top()]
    assert ids == ["old", "new"]
