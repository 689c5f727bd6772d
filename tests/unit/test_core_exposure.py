"""What was shown again and again and ignored rests for a while."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from core_builders import NOW, ask, crowded, event, exact_hits, folded, ids, listed, themed, world_of

from streams.core.explain import Stage, explain
from streams.core.exposure import resting, rests
from streams.core.hashing import item_hash
from streams.core.profile import Profile
from streams.core.recommend import World, plan
from streams.core.tuning import DAY_S, Tuning
from streams.events import Action

TUNING = Tuning()
AT = NOW + 100


@pytest.fixture
def world() -> World:
    return crowded()


def shown(item_id: str, times: int, at: float = NOW) -> Profile:
    views = [event(f"v{n}", item_id, Action.IMPRESSION, at=at + n) for n in range(times)]
    return folded([event("like", "t1-0", at=NOW - 10), *views])


def test_an_item_ignored_three_times_rests_and_then_comes_back(world: World) -> None:
    first = ids(listed(world, shown("nothing", 0), ask(at=AT)))[0]
    assert first in ids(listed(world, shown(first, 2), ask(at=AT)))
    assert first not in ids(listed(world, shown(first, 3), ask(at=AT)))
    later = NOW + 2 + TUNING.exposure_rest_s
    assert first not in ids(listed(world, shown(first, 3), ask(at=later - 1)))
    assert first in ids(listed(world, shown(first, 3), ask(at=later)))


def test_exposures_further_apart_than_the_window_tire_nobody() -> None:
    views = [event(f"v{n}", "a", Action.IMPRESSION, at=NOW + n * 2 * DAY_S) for n in range(6)]
    assert len(resting(folded(views), NOW + 10 * DAY_S + 1, TUNING)) == 0
    assert item_hash("a") in resting(folded(views), NOW + 10 * DAY_S + 1, replace(TUNING, exposure_window_s=4 * DAY_S))


def test_a_cap_of_nought_is_none(world: World) -> None:
    off = replace(world, tuning=replace(world.tuning, exposure_cap=0))
    first = ids(listed(off, shown("nothing", 0), ask(at=AT)))[0]
    assert first in ids(listed(off, shown(first, 9), ask(at=AT)))
    assert rests(item_hash(first), shown(first, 9), off.tuning) == (9, 0.0)


def test_explain_names_the_exposures_as_the_cause(world: World) -> None:
    profile = shown("t1-1", 4)
    found = explain("t1-1", plan(profile, world), exact_hits(world, profile), ask(at=AT), world)
    assert found.stage is Stage.RESTING
    assert "4 times" in found.why
    assert "2023-11-17 22:13 UTC" in found.why


def test_a_list_is_rather_filled_with_tired_items_than_short() -> None:
    small = world_of([item for item in themed() if item.card.item_id in {f"t1-{n}" for n in range(4)}])
    views = [event(f"{n}{m}", f"t1-{m}", Action.IMPRESSION, at=NOW + n) for n in range(3) for m in (1, 2)]
    made = listed(small, folded([event("like", "t1-0", at=NOW - 10), *views]), ask(at=AT))
    assert ids(made)[0] == "t1-3"
    assert set(ids(made)) == {"t1-1", "t1-2", "t1-3"}


def test_a_user_who_was_shown_nothing_has_nothing_resting() -> None:
    assert resting(folded([event("1", "a")]), AT, TUNING).dtype == np.uint32
    assert len(resting(folded([event("1", "a")]), AT, TUNING)) == 0
