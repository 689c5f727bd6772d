from __future__ import annotations

import math

import pytest
from core_builders import NOW, ask, event, folded, ids, listed, themed, visits, world_of

from streams.core.prequential import Prequential, Tally, popular
from streams.core.profile import EMPTY
from streams.core.recommend import World
from streams.events import Action


@pytest.fixture
def world() -> World:
    made = world_of(themed())
    visits(made, [["t0-0", "t0-1"], ["t0-0", "t1-1"], ["t0-0"]])
    return made


def test_a_hit_counts_with_the_place_it_had() -> None:
    tally = Tally()
    assert tally.add(["a", "b"], "b")
    assert not tally.add(["a", "b"], "c")
    assert (tally.scored, tally.hit_rate) == (2, 0.5)
    assert tally.mean_ndcg == pytest.approx(1 / math.log2(3) / 2)


def test_a_positive_act_is_scored_against_the_last_list_and_popularity(world: World) -> None:
    live = Prequential()
    made = listed(world, EMPTY)
    live.note([made], world)
    third = ids(made)[2]
    score = live.score(event("e", third), EMPTY, world)
    assert score is not None
    assert (score.rank, score.source) == (3, made.items[2].source)
    missed = live.score(event("e2", "nowhere"), EMPTY, world)
    assert missed is not None
    assert (missed.rank, missed.cold, missed.source) == (0, True, "")
    assert (live.upwell.scored, live.upwell.hits, live.popularity.scored) == (2, 1, 2)


def test_nothing_is_scored_without_a_list_a_like_or_a_new_item(world: World) -> None:
    live = Prequential()
    assert live.score(event("e", "t0-0"), EMPTY, world) is None
    live.note([listed(world, EMPTY)], world)
    assert live.score(event("e", "t0-0", Action.HIDE), EMPTY, world) is None
    assert live.score(event("e2", "t0-0"), folded([event("e1", "t0-0")]), world) is None
    assert live.upwell.scored == 0


def test_popularity_lists_the_most_liked_items_the_user_has_not_had(world: World) -> None:
    assert popular(EMPTY, world, 1, NOW) == ["t0-0"]
    assert "t0-0" not in popular(folded([event("e", "t0-0")]), world, 10, NOW)


def test_memory_is_bounded_by_users_and_a_user_can_be_forgotten(world: World) -> None:
    live = Prequential(most=2)
    for user in ("a", "b", "c"):
        live.note([listed(world, EMPTY, ask(user))], world)
    assert live.score(event("e", "t0-0", user_id="a"), EMPTY, world) is None
    live.forget("b")
    assert live.score(event("e", "t0-0", user_id="b"), EMPTY, world) is None
    assert live.score(event("e", "t0-0", user_id="c"), EMPTY, world) is not None


def test_coverage_and_cold_share_tell_what_was_shown(world: World) -> None:
    live = Prequential()
    live.note([listed(world, EMPTY)], world)
    assert live.coverage(world) == pytest.approx(10 / 40)
    assert 0 < live.cold_share <= 1
