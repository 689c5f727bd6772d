"""Where an item is liked: on which surface."""

from __future__ import annotations

import pytest
from core_builders import NOW, ask, encoded, event, exact_hits, feature_of, folded, themed, visits, world_of

from streams.core.recommend import World, plan, rank
from streams.core.statistics import ItemCounters
from streams.core.surfaces import LONGEST, SURFACES, SurfaceNumbers, surface_of
from streams.core.tuning import DAY_S, Tuning
from streams.events import DEFAULT_SURFACE, Action, ItemStatistics, Signal

TASTE = folded([event("e", "t0-0")])


@pytest.mark.parametrize(
    ("context", "surface"),
    [
        ({"surface": "mail"}, "mail"),
        ({"device": "phone"}, DEFAULT_SURFACE),
        ({"surface": ""}, DEFAULT_SURFACE),
        ({"surface": 7.0}, DEFAULT_SURFACE),
        ({"surface": "x" * LONGEST}, "x" * LONGEST),
        ({"surface": "x" * (LONGEST + 1)}, DEFAULT_SURFACE),
    ],
)
def test_an_act_names_its_surface_in_its_context(context: dict[str, str | float | bool | None], surface: str) -> None:
    assert surface_of(context) == surface


def lifts(world: World, surface: str) -> dict[str, float]:
    """The feature surface_lift of the candidates of a list for that surface."""
    return feature_of(rank(plan(TASTE, world), exact_hits(world, TASTE), ask(surface=surface), world), "surface_lift")


def test_what_is_liked_in_mails_is_likelier_there_than_on_the_front_page() -> None:
    world = world_of([encoded("letter"), encoded("headline"), *themed()])
    visits(world, [["letter"], ["headline"]] * 20, at=NOW - DAY_S, surfaces=("mail", "home"))
    in_mails, at_home = lifts(world, "mail"), lifts(world, "home")
    assert in_mails["letter"] > 0 > in_mails["headline"]
    assert at_home["headline"] > 0 > at_home["letter"]
    assert in_mails["t0-1"] == pytest.approx(0), "of what was never liked nothing is known"


def test_a_surface_that_nobody_acted_on_tells_nothing() -> None:
    world = world_of([encoded("letter"), *themed()])
    visits(world, [["letter"]] * 20, at=NOW - DAY_S, surfaces=("mail",))
    assert set(lifts(world, "never seen").values()) == {0.0}


def test_where_nobody_names_surfaces_all_items_are_alike() -> None:
    world = world_of([encoded("letter"), *themed()])
    visits(world, [["letter"]] * 20 + [["t0-1", "t0-2"]], at=NOW - DAY_S)
    assert set(lifts(world, DEFAULT_SURFACE).values()) == {0.0}


def test_likes_that_an_earlier_release_counted_without_their_surface_say_nothing() -> None:
    world = world_of([encoded("old"), encoded("letter"), *themed()])
    visits(world, [["letter"]] * 20, at=NOW - DAY_S, surfaces=("mail", "home"))
    world.statistics.apply(ItemStatistics("old", NOW, {"like": 50, "positive": 50}, {}))
    assert lifts(world, "mail")["old"] == pytest.approx(0)


def test_an_item_counts_no_more_surfaces_than_are_told_apart() -> None:
    counter, tuning = ItemCounters.empty("a", Tuning()), Tuning()
    names = [f"surface {number}" for number in range(SURFACES + 5)]
    for offset, name in enumerate([*names, names[0]]):
        counter.count([Signal("a", Action.LIKE, 1.0, NOW, 1, 0, offset, surface=name)], tuning)
    assert counter.publish(tuning).surfaces == {names[0]: 2} | dict.fromkeys(names[1:SURFACES], 1)


def test_surfaces_beyond_those_told_apart_are_left_out() -> None:
    numbers = SurfaceNumbers()
    first = numbers.counts({f"surface {number}": 1 for number in range(SURFACES)})
    assert first == [1] * SURFACES
    assert numbers.counts({"one too many": 3, "surface 2": 5}) == [0, 0, 5] + [0] * (SURFACES - 3)
    assert numbers.find("one too many") == -1
    assert numbers.counts({}) == []
