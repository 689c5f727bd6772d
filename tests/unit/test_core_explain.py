"""Every stage at which an item can be lost on its way into a list is told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_builders import NOW, ask, crowded, direction, encoded, event, exact_hits, folded, ids, listed

from streams.core.explain import Explanation, Stage, explain
from streams.core.profile import Profile
from streams.core.recommend import Ask, World, plan
from streams.core.rules import Limits
from streams.events import Action


@pytest.fixture
def world() -> World:
    return crowded()


def told(item_id: str, world: World, profile: Profile, asked: Ask | None = None) -> Explanation:
    return explain(item_id, plan(profile, world), exact_hits(world, profile), asked or ask(), world)


def test_a_listed_item_has_the_place_source_and_reason_of_the_list(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    made = listed(world, profile)
    for place, item in enumerate(made.items, 1):
        found = told(item.item_id, world, profile)
        assert (found.stage, found.place, found.why) == (Stage.LISTED, place, item.reason.text)
        assert found.listed == made.items


def test_what_the_features_added_sums_to_the_score(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    found = told(ids(listed(world, profile))[0], world, profile)
    assert sum(one.added for one in found.weighed) == pytest.approx(found.score, abs=1e-2)
    assert [abs(one.added) for one in found.weighed] == sorted((abs(one.added) for one in found.weighed), reverse=True)
    assert found.sources


@pytest.mark.parametrize(
    ("action", "words"), [(Action.PURCHASE, "had the item already"), (Action.HIDE, "refused the item")]
)
def test_what_the_user_had_or_refused_is_told_with_the_act(world: World, action: Action, words: str) -> None:
    found = told("t1-0", world, folded([event("e1", "t1-0", action)]))
    assert found.stage is Stage.USED
    assert words in found.why
    assert action.value in found.why


def test_what_fell_off_the_history_is_still_told_as_used(world: World) -> None:
    short = replace(world, tuning=replace(world.tuning, history_size=2))
    profile = folded([event(f"e{n}", f"t1-{n}", at=NOW + n) for n in range(8)], short.tuning)
    found = told("t1-0", short, profile)
    assert found.stage is Stage.USED
    assert "longer ago" in found.why


def test_an_item_never_published_or_deleted_is_absent(world: World) -> None:
    world.catalogue.delete("t1-3")
    profile = folded([event("e1", "t1-0")])
    assert {told(item_id, world, profile).stage for item_id in ("no such item", "t1-3")} == {Stage.ABSENT}


def test_an_expired_item_is_told_as_expired(world: World) -> None:
    world.catalogue.upsert(encoded("gone", direction(2), expires_at=NOW + 50))
    assert told("gone", world, folded([event("e1", "t1-0")]), ask(at=NOW + 51)).stage is Stage.EXPIRED


@pytest.mark.parametrize("limits", [Limits(exclude=("t1-1",)), Limits(tags=("theme 2",))])
def test_what_the_request_shuts_out_is_told(world: World, limits: Limits) -> None:
    found = told("t1-1", world, folded([event("e1", "t1-0")]), ask(limits=limits))
    assert found.stage is Stage.EXCLUDED


def test_what_no_source_brings_is_told(world: World) -> None:
    narrow = replace(world, tuning=replace(world.tuning, source_candidates=4, leader_candidates=1))
    profile = folded([event(f"e{n}", f"t1-{n}", at=NOW + n) for n in range(3)])
    hits = exact_hits(narrow, profile, most=1)
    everything = [explain(f"t3-{n}", plan(profile, narrow), hits, ask(), narrow) for n in range(10)]
    unseen = [found for found in everything if found.stage is Stage.NOT_PROPOSED]
    assert unseen
    assert all(found.rank is None and found.score is None and not found.sources for found in unseen)


def test_a_cap_that_shut_an_item_out_is_named(world: World) -> None:
    strict = replace(world, tuning=replace(world.tuning, cap_per_tag=1, diversity=0.0, explore_places=0))
    profile = folded([event("e1", "t1-0"), event("e2", "t3-0", at=NOW + 1), event("e3", "t3-1", at=NOW + 2)])
    stages = {item: told(item, strict, profile, ask(places=4)) for item in (f"t3-{n}" for n in range(2, 10))}
    capped = [found for found in stages.values() if found.stage is Stage.CAPPED]
    assert capped
    assert all("first tag" in found.why for found in capped)


def test_an_item_too_like_a_listed_one_names_it(world: World) -> None:
    varied = replace(world, tuning=replace(world.tuning, diversity=0.9, cap_per_tag=10, cap_per_creator=10))
    profile = folded([event(f"e{n}", f"t1-{n}", at=NOW + n) for n in range(2)])
    everything = [told(f"t1-{n}", varied, profile, ask(places=5)) for n in range(2, 10)]
    alike = [found for found in everything if found.stage is Stage.TOO_ALIKE]
    assert alike
    titles = {item.title for item in listed(varied, profile, ask(places=5)).items}
    assert all(any(title in found.why for title in titles) for found in alike)


def test_an_item_far_down_is_outranked_with_its_rank(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    down = [
        found
        for item in (f"t{t}-{n}" for t in range(4) for n in range(10))
        if (found := told(item, world, profile, ask(places=2))).stage is Stage.OUTRANKED
    ]
    assert down
    assert all(found.rank is not None and found.rank > 2 and f"rank {found.rank}" in found.why for found in down)
