"""When the variants of an experiment could make different lists: only then a list is an exposure."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from core_builders import NOW, ask, crowded, event, exact_hits, folded, ids
from msgspec.structs import replace as changed

from streams.core.business import BusinessRule, Deed
from streams.core.experiments.definition import NOTHING, Changes, Experiment, Kind, Variant
from streams.core.experiments.influence import Occasion, could_differ
from streams.core.experiments.trial import UNTOUCHED, Experiments
from streams.core.experiments.worlds import Worlds
from streams.core.learning.ranker import LearnedRanker
from streams.core.lists import make_list
from streams.core.profile import EMPTY, Profile
from streams.core.recommend import Ask, World, plan
from streams.core.rules import Limits
from streams.events import Action

LIKED = folded([event("e1", "t1-0"), event("e2", "t3-1", at=NOW + 1)])


@pytest.fixture(scope="module")
def world() -> World:
    return crowded()


def of(*sets: Changes, **more: object) -> Experiment:
    variants = [Variant(f"v{n}", set=one) for n, one in enumerate((NOTHING, *sets))]
    return Experiment("e", tuple(variants), **more)  # type: ignore[arg-type]  # Experiment's own fields


def differs(
    world: World,
    changes: Changes,
    asked: Ask | None = None,
    profile: Profile = LIKED,
    *,
    learned: bool = False,
    versions: Collection[str] = (),
) -> bool:
    return could_differ(of(changes), Occasion(profile, asked or ask(), world, learned, versions))


def test_a_number_that_is_the_setting_anyway_makes_no_difference(world: World) -> None:
    assert differs(world, Changes(diversity=0.9))
    assert not differs(world, Changes(diversity=world.tuning.diversity))
    assert not differs(world, Changes(diversity=0.9), ask(places=1))


def test_caps_matter_where_they_hold_and_round_to_different_places(world: World) -> None:
    assert differs(world, Changes(cap_per_tag=2))
    assert not differs(world, Changes(cap_per_tag=2), ask(limits=Limits(tags=("theme 1",))))
    assert not differs(world, Changes(cap_per_tag=3), ask(places=2))


def test_exploration_matters_in_lists_that_keep_a_place_for_it(world: World) -> None:
    assert differs(world, Changes(explore_places=3))
    assert not differs(world, Changes(explore_places=3), ask(places=4))


def test_the_learned_ranker_is_the_hand_set_one_until_it_has_learned(world: World) -> None:
    by_hand = Changes(ranker="hand-set")
    assert not differs(world, by_hand)
    assert differs(world, by_hand, learned=True)
    assert differs(world, Changes(ranker="hand-set", feature_weights={"trend": 5.0}))
    usual = Worlds(World(world.catalogue, world.statistics, world.tuning, LearnedRanker()))
    lists = [listed(usual.of(changes)) for changes in (NOTHING, by_hand)]
    assert lists[0] == lists[1]


def listed(world: World, profile: Profile = LIKED) -> list[str]:
    return ids(make_list(plan(profile, world), exact_hits(world, profile), ask(), world))


def test_a_personal_source_matters_to_those_who_have_liked_something(world: World) -> None:
    without = Changes(without_sources=("neighbours", "interest"))
    assert differs(world, without)
    assert not differs(world, without, profile=EMPTY)
    assert not differs(world, without, profile=folded([event("e", "t0-0", Action.HIDE)]))
    assert differs(world, Changes(without_sources=("trending",)), profile=EMPTY)


def test_rules_matter_where_one_holds(world: World) -> None:
    world.business.replace([BusinessRule("noise", Deed.BLOCK, where="'theme 2' in tags", surfaces=("home",))])
    try:
        assert differs(world, Changes(business_rules=False), ask(surface="home"))
        assert not differs(world, Changes(business_rules=False))
        assert differs(world, Changes(without_rules=("noise",)), ask(surface="home"))
        assert not differs(world, Changes(without_rules=("silence",)), ask(surface="home"))
    finally:
        world.business.replace([])


def test_an_encoder_version_matters_while_it_stands_by_complete(world: World) -> None:
    other = Changes(encoder_version="v2")
    assert not differs(world, other)
    assert differs(world, other, versions={"v2"})
    assert not differs(world, Changes(encoder_version="v1"), versions={"v2"}), "it is the one in use"
    assert not differs(world, changed(other, diversity=0.9)), "half of a variant would be another variant"


def trial_of(world: World, experiments: Experiments, asked: Ask, *, learned: bool = True) -> object:
    return experiments.trial(Occasion(LIKED, asked, world, learned, ()))


def test_a_list_is_touched_on_its_surface_within_the_share_and_where_it_matters(world: World) -> None:
    experiments = Experiments([of(Changes(diversity=0.9), surfaces=("home",))])
    assert trial_of(world, experiments, ask()) == UNTOUCHED
    touched = experiments.trial(Occasion(LIKED, ask(surface="home"), world, False, ()))
    assert touched.variant in {"e:v0", "e:v1"}
    assert [(one.experiment, one.variant) for one in touched.exposures] == [tuple(touched.variant.split(":"))]
    few = Experiments([of(Changes(diversity=0.9), share=1e-9)])
    assert trial_of(world, few, ask()) == UNTOUCHED


def test_experiments_side_by_side_join_what_they_set(world: World) -> None:
    experiments = Experiments([
        of(Changes(diversity=0.9)),
        Experiment("f", (Variant("a"), Variant("b", set=Changes(explore_places=3)))),
        Experiment("g", (Variant("a"), Variant("b", set=Changes(cap_per_tag=1))), Kind.INTERLEAVE),
    ])  # fmt: skip
    seen = set()
    for user in range(40):
        trial = experiments.trial(Occasion(LIKED, ask(f"u{user}"), world, False, ()))
        one, other = trial.sides
        assert one.cap_per_tag is None
        assert (other.cap_per_tag, other.diversity, other.explore_places) == (1, one.diversity, one.explore_places)
        assert trial.variant.endswith(",g:interleaved")
        seen.add((one.diversity, one.explore_places))
    assert seen == {(d, e) for d in (None, 0.9) for e in (None, 3)}, "hashes of two experiments are independent"


def test_a_world_under_changes_is_the_same_but_for_these(world: World) -> None:
    worlds = Worlds(world)
    assert worlds.of(NOTHING) is world
    quiet = worlds.of(Changes(without_sources=("popular",), diversity=0.0, ranker="hand-set"))
    assert quiet.tuning.diversity == 0.0
    assert quiet.ranker.version.startswith("hand-")
    made = make_list(plan(LIKED, quiet), exact_hits(quiet, LIKED), ask(), quiet)
    assert made.items
    assert all("popular" not in item.sources for item in made.items)
    assert any("popular" in item.sources for item in make_list(plan(LIKED, world), [], ask(), world).items)


def test_rules_left_out_by_name_follow_the_rules_in_force(world: World) -> None:
    some = Worlds(world).of(Changes(without_rules=("noise",)))
    block = BusinessRule("noise", Deed.BLOCK, where="'theme 2' in tags")
    try:
        for rules in ([block], [block, BusinessRule("quiet", Deed.BLOCK, where="'theme 1' in tags")]):
            world.business.replace(rules)
            assert not any(item.startswith("t2") for item in listed(world))
            standing = some.business.on("default", NOW)
            assert [one.rule.name for one in (standing.rules if standing else ())] == [r.name for r in rules[1:]]
        assert any(item.startswith("t2") for item in listed(some))
    finally:
        world.business.replace([])
