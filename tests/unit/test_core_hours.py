"""When an item is liked: in which part of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from core_builders import NOW, ask, encoded, event, exact_hits, feature_of, folded, themed, world_of

from streams.core.hours import PARTS, part_of
from streams.core.recommend import World, plan, rank
from streams.core.statistics import ItemCounters
from streams.core.tuning import DAY_S, Tuning
from streams.events import ItemStatistics, Signal

HOUR_S = 3600.0
TASTE = folded([event("e", "t0-0")])


def test_a_week_has_four_parts_of_workdays_and_four_of_weekends() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    week = [part_of((monday + timedelta(hours=hour)).timestamp()) for hour in range(7 * 24)]
    for day in range(7):
        night, morning, afternoon, evening = (week[24 * day + hour] for hour in (0, 6, 12, 18))
        first = 4 if day >= 5 else 0
        assert (night, morning, afternoon, evening) == (first, first + 1, first + 2, first + 3)
        assert [week[24 * day + hour] for hour in (5, 11, 17, 23)] == [night, morning, afternoon, evening]
    assert set(week) == set(range(PARTS))


def liked(item_id: str, at: float, offset: int = 0) -> Signal:
    return Signal(item_id, event("e").action, 1.0, at, 1, 0, offset)


def counted(item_id: str, times: list[float], tuning: Tuning) -> ItemStatistics:
    counter = ItemCounters.empty(item_id, tuning)
    counter.count([liked(item_id, at, offset) for offset, at in enumerate(times)], tuning)
    return counter.publish(tuning)


def lifts(world: World, at: float) -> dict[str, float]:
    """The feature hour_lift of the candidates of a list made then."""
    return feature_of(rank(plan(TASTE, world), exact_hits(world, TASTE), ask(at=at), world), "hour_lift")


def test_what_is_liked_in_the_evening_is_likelier_then_than_in_the_morning() -> None:
    world = world_of([encoded("late"), encoded("early"), *themed()])
    evening = NOW - 10 * DAY_S  # a Saturday at 22
    morning = evening - 14 * HOUR_S
    for item_id, at in (("late", evening), ("early", morning)):
        world.statistics.apply(counted(item_id, [at + n for n in range(20)], world.tuning))
    a_week_on = 7 * DAY_S
    at_night, by_day = lifts(world, evening + a_week_on), lifts(world, morning + a_week_on)
    assert at_night["late"] > 0 > at_night["early"]
    assert by_day["early"] > 0 > by_day["late"]
    assert at_night["t0-1"] == pytest.approx(0), "of what was never liked nothing is known"


def test_likes_that_an_earlier_release_counted_without_their_hour_say_nothing() -> None:
    world = world_of([encoded("old"), encoded("late"), *themed()])
    world.statistics.apply(ItemStatistics("old", NOW, {"like": 50, "positive": 50}, {}, stages=(50, 0, 0, 0, 0)))
    world.statistics.apply(counted("late", [NOW - n for n in range(20)], world.tuning))
    assert lifts(world, NOW)["old"] == pytest.approx(0)


def test_a_forgotten_item_takes_its_hours_with_it() -> None:
    world = world_of([encoded("late"), encoded("early"), *themed()])
    for item_id, at in (("late", NOW), ("early", NOW - 12 * HOUR_S)):
        world.statistics.apply(counted(item_id, [at - n for n in range(20)], world.tuning))
    assert lifts(world, NOW)["late"] > 0
    for item_id in ("late", "early"):
        world.statistics.delete(item_id)
    assert lifts(world, NOW)["late"] == pytest.approx(0)
