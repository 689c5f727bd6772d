"""Business rules: what each does to lists, what holds where and when, and which files are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from core_builders import NOW, ask, crowded, event, exact_hits, folded, ids, listed, themed
from msgspec.structs import replace

from streams.core.business import BusinessRule, BusinessRules, BusinessRulesError, Deed, read_rules
from streams.core.explain import Stage, explain
from streams.core.profile import EMPTY
from streams.core.recommend import World, plan
from streams.events import Action

THEME_2 = "'theme 2' in tags"


@pytest.fixture
def world() -> World:
    return crowded()


def rule(do: Deed, **more: object) -> BusinessRule:
    return BusinessRule("a rule", do, **more)  # type: ignore[arg-type]  # BusinessRule's own fields


def of_theme(theme: int, found: list[str]) -> int:
    return sum(item.startswith(f"t{theme}") for item in found)


def test_what_is_blocked_is_in_no_list_even_to_fill_it(world: World) -> None:
    world.business.replace([rule(Deed.BLOCK, where=THEME_2)])
    found = ids(listed(world, folded([event("e1", "t2-0")]), ask(places=40)))
    assert len(found) == 30
    assert not of_theme(2, found)


def test_only_leaves_nothing_else(world: World) -> None:
    world.business.replace([rule(Deed.ONLY, where=THEME_2)])
    found = ids(listed(world, EMPTY))
    assert found
    assert of_theme(2, found) == len(found)


def test_boosted_items_rise_and_buried_ones_sink(world: World) -> None:
    profile = folded([event("e1", "t1-0"), event("e2", "t3-1", at=NOW + 1)])
    before = of_theme(2, ids(listed(world, profile)))
    world.business.replace([rule(Deed.BOOST, where=THEME_2, by=20.0)])
    assert of_theme(2, ids(listed(world, profile))) > before
    world.business.replace([rule(Deed.BURY, where=THEME_2, by=20.0)])
    assert of_theme(2, ids(listed(world, profile))) <= before


def test_a_pinned_item_stands_at_its_place_and_says_so(world: World) -> None:
    world.business.replace([rule(Deed.PIN, items=("t3-7",), place=2)])
    made = listed(world, folded([event("e1", "t1-0")]))
    assert made.items[1].item_id == "t3-7"
    assert (made.items[1].source, made.items[1].reason.code) == ("pinned", "pinned")
    assert len(ids(made)) == len(set(ids(made))) == 10


def test_a_pin_does_not_bring_back_what_the_user_refused(world: World) -> None:
    world.business.replace([rule(Deed.PIN, items=("t3-7",))])
    assert "t3-7" not in ids(listed(world, folded([event("e1", "t3-7", Action.HIDE)]), ask(places=40)))


def test_a_pin_below_the_list_or_on_an_unknown_item_changes_nothing(world: World) -> None:
    before = ids(listed(world, EMPTY))
    world.business.replace([rule(Deed.PIN, items=("t3-7",), place=11)])
    assert ids(listed(world, EMPTY)) == before
    world.business.replace([rule(Deed.PIN, items=("no such item",))])
    assert ids(listed(world, EMPTY)) == before


def test_a_rule_holds_on_its_surfaces_and_in_its_time_only(world: World) -> None:
    until = datetime.fromtimestamp(NOW + 200, UTC)
    world.business.replace([rule(Deed.BLOCK, where=THEME_2, surfaces=("home",), until=until)])
    at_home, later = ask(places=40, surface="home"), ask(places=40, surface="home", at=NOW + 201)
    assert not of_theme(2, ids(listed(world, EMPTY, at_home)))
    assert of_theme(2, ids(listed(world, EMPTY, ask(places=40))))
    assert of_theme(2, ids(listed(world, EMPTY, later)))


def test_the_rule_that_keeps_an_item_out_is_named(world: World) -> None:
    world.business.replace([BusinessRule("quiet week", Deed.BLOCK, where=THEME_2)])
    found = explain("t2-3", plan(EMPTY, world), exact_hits(world, EMPTY), ask(), world)
    assert found.stage is Stage.BLOCKED
    assert "'quiet week'" in found.why


def test_a_boost_is_part_of_the_explained_score(world: World) -> None:
    world.business.replace([rule(Deed.BOOST, where=THEME_2, by=3.0)])
    item = next(item for item in ids(listed(world, EMPTY)) if item.startswith("t2"))
    found = explain(item, plan(EMPTY, world), exact_hits(world, EMPTY), ask(), world)
    assert found.weighed[0].feature == "business rules"
    assert sum(one.added for one in found.weighed) == pytest.approx(found.score, abs=1e-2)


def test_a_changed_card_is_judged_again(world: World) -> None:
    world.business.replace([rule(Deed.BLOCK, where=THEME_2)])
    assert "t2-3" not in ids(listed(world, EMPTY, ask(places=40)))
    (again,) = [one for one in themed() if one.card.item_id == "t2-3"]
    world.catalogue.upsert(replace(again, card=replace(again.card, tags=("other",))))
    assert "t2-3" in ids(listed(world, EMPTY, ask(places=40)))


def test_without_rules_lists_are_what_they_were(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    before = listed(world, profile)
    world.business.replace([rule(Deed.BLOCK, where="'no such tag' in tags")])
    assert ids(listed(world, profile)) == ids(before)
    world.business.replace([])
    assert listed(world, profile) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rule = 3", "array"),
        ("[[rule]]\nname = 'a'\ndo = 'explode'\nwhere = 'True'", "explode"),
        ("[[rule]]\nname = 'a'\ndo = 'block'", "which items"),
        ("[[rule]]\nname = 'a'\ndo = 'block'\nwhere = 'price <'", "rule 'a'"),
        ("[[rule]]\nname = 'a'\ndo = 'pin'\nwhere = 'True'", "a pin names its items"),
        ("[[rule]]\nname = 'a'\ndo = 'block'\nwhere = 'True'\nuntil = 2026-01-01T00:00:00", "time zone"),
        ("[[rule]]\nname = 'a'\ndo = 'block'\nwhere = 'True'\nwhat = 1", "what"),
        ("[[rule]]\nname='a'\ndo='block'\nwhere='True'\n[[rule]]\nname='a'\ndo='block'\nwhere='True'", "two rules"),
        ("not toml at all", ""),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_mend(text: str, words: str) -> None:
    with pytest.raises(BusinessRulesError) as refused:
        read_rules(text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_rules_that_cannot_be_used_leave_the_old_ones_in_force() -> None:
    rules = BusinessRules([rule(Deed.BLOCK, where=THEME_2)])
    with pytest.raises(BusinessRulesError):
        rules.replace([rule(Deed.BLOCK)])
    assert len(rules) == 1
    assert rules.on("home", NOW) is not None
