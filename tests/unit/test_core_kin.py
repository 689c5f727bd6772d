"""An item that nobody has touched is found by the rare words it shares with what people like."""

from __future__ import annotations

from dataclasses import replace

from core_builders import (
    NOW,
    ask,
    by_item,
    direction,
    encoded,
    event,
    feature_of,
    folded,
    listed,
    themed,
    visits,
    world_of,
)

from streams.core.candidates.base import Asked
from streams.core.candidates.kin import KinSource
from streams.core.candidates.registry import SOURCE_NAMES
from streams.core.features import COLUMN
from streams.core.kin import KIN
from streams.core.recommend import Ranking, World, plan, rank
from streams.core.tuning import Tuning
from streams.events import EncodedItem


def part(item_id: str, title: str, seed: int) -> EncodedItem:
    """A part of a story whose vector lies far from all others."""
    return encoded(item_id, direction(seed), title=title, published_at=NOW - 9e7)


def shelf() -> World:
    """Themed items that people like, among them one part of each of two stories; other parts nobody has touched."""
    titles = {"saga-1": "Zanzibar", "saga-2": "Zanzibar Again", "epic-1": "Timbuktu", "epic-2": "Timbuktu Lost"}
    parts = [part(item_id, title, seed) for seed, (item_id, title) in enumerate(titles.items(), start=50)]
    world = world_of([*themed(), *parts])
    visits(world, [["saga-1", "epic-1", "t0-0"]] * 6)
    return world


def ranked(world: World, liked: str) -> Ranking:
    made = plan(folded([event("e", liked)]), world)
    return rank(made, [None] * len(made.interests), ask(), world)


def test_the_next_part_of_a_liked_story_is_proposed_and_says_why() -> None:
    world = replace(shelf(), tuning=Tuning(explore_places=0))
    item = next(item for item in listed(world, folded([event("e", "saga-1")])).items if item.item_id == "saga-2")
    assert item.source == "kin"
    assert item.reason.because_of == ("saga-1",)


def test_kin_of_what_is_liked_together_with_the_like_is_proposed_and_the_like_is_the_cause() -> None:
    world = shelf()
    ranking = ranked(world, "saga-1")
    kin = SOURCE_NAMES.index("kin")
    proposed = by_item(ranking, ranking.scored.pool.proposed[:, kin])
    assert proposed["saga-2"]
    assert proposed["epic-2"]
    row = world.catalogue.rows.find("epic-2")
    cause = KinSource().causes([Asked([row], ranking.scored.pool.given[kin], ranking.context)])[0]
    assert [world.catalogue.rows.id_of(one) for one in cause] == ["saga-1"]


def test_the_company_of_its_kin_counts_for_an_item_that_nobody_touched() -> None:
    world = shelf()
    ranking = ranked(world, "saga-1")
    kinship = feature_of(ranking, "kinship")
    assert kinship["epic-2"] > 0
    assert kinship["t3-3"] == 0


def test_an_item_that_went_or_changed_its_words_is_nobodys_kin() -> None:
    world = shelf()
    world.catalogue.delete("saga-2")
    world.catalogue.upsert(part("epic-2", "Samarkand", 53))
    rows = world.catalogue.rows.find_all(["saga-1", "epic-1"])
    ends, _, _ = world.catalogue.kin(rows)
    gone = set(world.catalogue.rows.find_all(["saga-2", "epic-2"]).tolist())
    assert not gone & set(ends.tolist())


def test_kin_are_few_and_nearest_first_however_many_share_a_word() -> None:
    world = world_of([encoded(f"i{n}", title=f"Zanzibar {'Nights' if n % 2 else 'Days'}") for n in range(40)])
    ends, cosines, _ = world.catalogue.kin(world.catalogue.rows.find_all(["i39"]))
    assert len(ends) <= 2 * KIN
    titles = {world.catalogue.title(row) for row in ends[:KIN].tolist()}
    assert titles == {"Zanzibar Nights"}
    assert (cosines > 0).all()


def test_the_middle_of_what_was_met_with_a_like_draws_its_like_near() -> None:
    world = world_of(themed())
    visits(world, [["t0-0", "t1-0", "t1-1"]] * 6)
    ranking = ranked(world, "t0-0")
    fit = feature_of(ranking, "content_met")
    assert fit["t1-5"] > 0.8 > fit["t3-5"]
    alone = ranked(world, "t2-2")
    assert not alone.scored.features[:, COLUMN["content_met"]].any()
