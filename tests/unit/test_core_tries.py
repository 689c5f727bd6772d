"""One place is kept for learning about an item that few know: the one that promises most, give or take a draw."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from core_builders import NOW, ask, crowded, encoded, event, folded, ids, listed

from streams.core.candidates.exploration import UNTRIED_BELOW
from streams.core.recommend import World
from streams.core.statistics import POSITIVE
from streams.events import Action, ItemStatistics

TASTE = folded([event("e", "t0-0"), event("f", "t0-1", at=NOW + 1)])


def tried(world: World, lists: int = 40) -> Counter[str]:
    """Which items got the place, over lists that differ in nothing but their seed."""
    made = [listed(world, TASTE, ask(offset=n)) for n in range(lists)]
    return Counter(item.item_id for one in made for item in one.items if item.source == "exploration")


def with_newcomers(number: int = 3) -> World:
    """The crowded world and items from far away that nobody has touched."""
    world = crowded()
    for n in range(number):
        world.catalogue.upsert(encoded(f"new-{n}", published_at=NOW - 1))
    return world


def test_items_that_would_not_come_in_by_their_score_are_tried() -> None:
    world = with_newcomers()
    found = tried(world)
    assert found
    assert (world.statistics.acts(world.catalogue.rows.find_all(list(found))) < UNTRIED_BELOW).all()


def test_the_draw_differs_from_list_to_list_and_is_the_same_for_the_same_list() -> None:
    world = with_newcomers()
    assert len(tried(world)) > 1
    assert ids(listed(world, TASTE, ask(offset=3))) == ids(listed(world, TASTE, ask(offset=3)))


def test_an_item_that_was_shown_in_vain_is_tried_less() -> None:
    world = with_newcomers()
    favourite, before = tried(world).most_common(1)[0]
    counts = {POSITIVE: 0, Action.IMPRESSION.value: 500}
    world.statistics.apply(ItemStatistics(favourite, NOW, counts, {}))
    assert tried(world)[favourite] < before / 2


def test_a_list_without_a_place_for_it_tries_nothing() -> None:
    world = with_newcomers()
    assert not tried(replace(world, tuning=replace(world.tuning, explore_places=0)))
    assert all(item.source != "exploration" for item in listed(world, TASTE, ask(places=4)).items)
