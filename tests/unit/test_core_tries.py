"""Items that few know come in to be learned about: those that promise most, give or take a draw."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from core_builders import NOW, ask, crowded, encoded, event, folded, ids, listed, themed, world_of

from streams.core.candidates.exploration import UNTRIED_BELOW
from streams.core.ranking import WEIGHTS, HandSetRanker
from streams.core.recommend import World
from streams.core.statistics import POSITIVE
from streams.events import Action, ItemStatistics

TASTE = folded([event("e", "t0-0"), event("f", "t0-1", at=NOW + 1)])


def tried(world: World, lists: int = 40) -> Counter[str]:
    """Which items came in to be learned about, over lists that differ in nothing but their seed."""
    made = [listed(world, TASTE, ask(offset=n)) for n in range(lists)]
    return Counter(item.item_id for one in made for item in one.items if item.source == "exploration")


def with_newcomers(number: int = 3, explore_places: int = 1, cold_lift: float = 0.5) -> World:
    """The crowded world and items from far away that nobody has touched; one place is kept for such."""
    world = crowded()
    world = replace(world, tuning=replace(world.tuning, explore_places=explore_places, cold_lift=cold_lift))
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


def test_a_list_without_lift_and_without_a_place_kept_tries_nothing() -> None:
    assert not tried(with_newcomers(explore_places=0, cold_lift=0))
    short = listed(with_newcomers(cold_lift=0), TASTE, ask(places=4))
    assert all(item.source != "exploration" for item in short.items)


def test_a_lift_alone_brings_in_what_would_just_not_have_come() -> None:
    assert tried(with_newcomers(explore_places=0, cold_lift=6))


def test_a_place_is_kept_only_where_the_list_has_nothing_little_known() -> None:
    for untried, has in ((9.0, True), (-9.0, False)):
        ranker = HandSetRanker({**WEIGHTS, "untried": untried})
        free, kept = (replace(with_newcomers(explore_places=places, cold_lift=0), ranker=ranker) for places in (0, 1))
        for row in range(len(themed())):
            for world in (free, kept):
                world.statistics.apply(ItemStatistics(world.catalogue.rows.id_of(row), NOW, {POSITIVE: 50}, {}))
        made = ids(listed(free, TASTE))
        little_known = free.statistics.acts(free.catalogue.rows.find_all(made)) < UNTRIED_BELOW
        assert little_known.any() == has
        assert (ids(listed(kept, TASTE)) == made) == has


def test_the_lift_fades_with_what_was_shown_in_vain() -> None:
    world = with_newcomers(explore_places=0, cold_lift=6)
    favourite, before = tried(world).most_common(1)[0]
    world.statistics.apply(ItemStatistics(favourite, NOW, {POSITIVE: 0, Action.IMPRESSION.value: 500}, {}))
    assert tried(world)[favourite] < before / 2


def test_where_nothing_is_known_the_lists_still_tell_what_they_come_from() -> None:
    made = listed(world_of(themed()), TASTE)
    assert any(item.reason.because_of for item in made.items)
    assert sum(item.source == "exploration" for item in made.items) < len(made.items) / 2


def test_places_kept_for_new_items_go_to_new_items_however_low_they_stand() -> None:
    for least in (0, 2):
        world = with_newcomers(number=4, explore_places=0, cold_lift=0)
        world = replace(
            world, tuning=replace(world.tuning, fresh_places=least), ranker=HandSetRanker({"newness": -9.0})
        )
        made = listed(world, TASTE)
        new = [item for item in made.items if item.item_id.startswith("new-")]
        assert len(new) == least
        assert all(item.source == "fresh" and item.reason.code in {"new", "new_like"} for item in new)
    short = listed(world, TASTE, ask(places=4))
    assert not any(item.item_id.startswith("new-") for item in short.items)


def test_how_long_an_item_is_new_is_a_setting() -> None:
    world = with_newcomers(explore_places=0, cold_lift=0)
    world = replace(world, ranker=HandSetRanker({"newness": -9.0}))
    for age_s, has in ((50.0, False), (500.0, True)):  # they were published 101 seconds before the list
        made = listed(replace(world, tuning=replace(world.tuning, fresh_places=1, fresh_for_s=age_s)), TASTE)
        assert any(item.item_id.startswith("new-") for item in made.items) == has


def test_places_for_both_kinds_are_kept_beside_each_other() -> None:
    world = with_newcomers(number=0, explore_places=2, cold_lift=0)
    world = replace(world, tuning=replace(world.tuning, fresh_places=2), ranker=HandSetRanker({"newness": -9.0}))
    for row in range(len(themed())):
        world.statistics.apply(ItemStatistics(world.catalogue.rows.id_of(row), NOW, {POSITIVE: 50}, {}))
    for n in range(3):
        world.catalogue.upsert(encoded(f"known-{n}", published_at=NOW - 1))
        world.statistics.apply(ItemStatistics(f"known-{n}", NOW, {POSITIVE: 50}, {}))
        world.catalogue.upsert(encoded(f"rare-{n}", published_at=NOW - 90 * 24 * 3600))
    made = ids(listed(world, TASTE))
    assert sum(item_id.startswith("known-") for item_id in made) >= 2
    assert sum(item_id.startswith("rare-") for item_id in made) >= 2
