from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from core_builders import (
    NOW,
    ask,
    crowded,
    direction,
    encoded,
    event,
    exact_hits,
    folded,
    ids,
    listed,
    themed,
    world_of,
)

from streams.core import recommend
from streams.core.candidates.registry import SOURCE_NAMES
from streams.core.features import COLUMN, FEATURES
from streams.core.lists import make_list
from streams.core.profile import EMPTY
from streams.core.ranking import HandSetRanker, standardised
from streams.core.recommend import World, candidates, fresh_scores, plan, rank, rank_all
from streams.core.rules import Limits
from streams.core.tuning import DAY_S, Tuning
from streams.events import Action, EncodedItem


@pytest.fixture
def world() -> World:
    return crowded()


def test_a_list_is_full_and_without_repeats(world: World) -> None:
    made = listed(world, folded([event("e1", "t1-0")]))
    assert len(ids(made)) == len(set(ids(made))) == 10


def test_the_same_inputs_give_the_same_list_and_id(world: World) -> None:
    profile = folded([event("e1", "t1-0"), event("e2", "t2-1", at=NOW + 1)])
    assert listed(world, profile) == listed(world, profile)


def test_another_record_gives_another_id(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    assert listed(world, profile, ask(offset=1)).list_id != listed(world, profile, ask(offset=2)).list_id


def test_a_list_made_again_after_the_views_moved_on_keeps_its_id(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    before = listed(world, profile)
    world.catalogue.upsert(encoded("new"))
    assert listed(world, profile).list_id == before.list_id


def test_liking_a_theme_brings_more_of_it(world: World) -> None:
    quiet = replace(world.tuning, diversity=0.0, cap_per_tag=10)
    made = listed(replace(world, tuning=quiet), folded([event(f"e{n}", f"t2-{n}", at=NOW + n) for n in range(3)]))
    assert sum(item_id.startswith("t2") for item_id in ids(made)) >= 6


def test_disliking_moves_what_is_alike_down(world: World) -> None:
    before = rank(plan(EMPTY, world), [], ask(), world)
    disliked = folded([event(f"no{n}", f"t3-{n}", Action.DISLIKE) for n in range(2)])
    after = rank(plan(disliked, world), [], ask(), world)

    def mean_rank(ranking: object) -> float:
        scored = ranking.scored  # type: ignore[attr-defined]  # a Ranking
        order = np.argsort(-scored.contributions.sum(axis=1))
        names = [world.catalogue.rows.id_of(int(scored.pool.rows[at])) for at in order]
        return float(np.mean([at for at, name in enumerate(names) if name in {"t3-5", "t3-6", "t3-7"}]))

    assert mean_rank(after) > mean_rank(before)


@pytest.mark.parametrize("action", [Action.DISLIKE, Action.HIDE, Action.PURCHASE, Action.VIEW])
def test_what_was_used_up_or_refused_is_never_shown(world: World, action: Action) -> None:
    profile = folded([event(f"e{n}", f"t1-{n}", action, at=NOW + n) for n in range(8)])
    assert not {f"t1-{n}" for n in range(8)} & set(ids(listed(world, profile, ask(places=40))))


def test_what_fell_off_the_history_is_still_never_shown(world: World) -> None:
    short = Tuning(history_size=2)
    profile = folded([event(f"e{n}", f"t1-{n}", at=NOW + n) for n in range(8)], short)
    assert not {f"t1-{n}" for n in range(8)} & set(ids(listed(replace(world, tuning=short), profile, ask(places=40))))


def test_a_skipped_item_may_come_again(world: World) -> None:
    skipped = folded([event("e1", "t1-0", Action.SKIP)])
    assert "t1-0" in ids(listed(world, skipped, ask(places=40)))


def test_deleted_and_expired_items_are_never_shown(world: World) -> None:
    world.catalogue.delete("t1-3")
    world.catalogue.upsert(encoded("gone", direction(2), expires_at=NOW + 50))
    made = listed(world, folded([event("e1", "t1-0")]), ask(places=60, at=NOW + 51))
    assert not {"t1-3", "gone"} & set(ids(made))


def test_a_request_may_exclude_items_and_ask_for_tags(world: World) -> None:
    limits = Limits(tags=("theme 2",), exclude=("t2-0", "t2-1"))
    made = listed(world, folded([event("e1", "t1-0")]), ask(limits=limits))
    assert set(ids(made)) == {f"t2-{n}" for n in range(2, 10)}


def test_a_new_user_gets_a_full_mixed_list(world: World) -> None:
    made = listed(world, EMPTY)
    sources = {item.source for item in made.items}
    assert len(made.items) == 10
    assert sources & {"trending", "popular"}
    assert "exploration" in sources
    assert len({item_id.split("-")[0] for item_id in ids(made)}) >= 3
    assert made.degraded == ()


def test_an_empty_catalogue_gives_an_empty_list() -> None:
    assert listed(world_of([]), EMPTY).items == ()


def test_a_list_is_filled_from_the_catalogue_when_the_sources_run_dry() -> None:
    scarce = Tuning(fresh_items=1, source_candidates=1, explore_places=0)
    made = listed(world_of((encoded(f"i{n}") for n in range(30)), scarce), EMPTY)
    assert len(made.items) == 10
    assert {item.source for item in made.items} >= {"backfill"}


def test_a_new_item_is_recommended_before_anyone_touched_it(world: World) -> None:
    profile = folded([event(f"e{n}", f"t2-{n}", at=NOW + n) for n in range(3)])
    world.catalogue.upsert(encoded("brand-new", direction(3, 0.02), published_at=NOW))
    plain = replace(world, tuning=replace(world.tuning, explore_places=0))
    made = make_list(plan(profile, plain), [None], ask(), plain)  # the vector index doesn't know it yet
    assert "brand-new" in ids(made)


def test_without_the_vector_index_a_list_is_still_made_and_says_so(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    made = make_list(plan(profile, world), [None], ask(), world)
    assert made.degraded == ("interest",)
    assert len(made.items) == 10


def test_unknown_items_count_once_the_catalogue_knows_them(world: World) -> None:
    profile = folded([event("e1", "future")])
    assert plan(profile, world).interests == ()
    world.catalogue.upsert(encoded("future", direction(2, 0.01)))
    assert plan(profile, world).interests[0].members == ("future",)


def test_hits_of_an_old_encoder_are_dropped_when_the_catalogue_has_moved_on(world: World) -> None:
    profile = folded([event("e1", "t1-0")])
    made, hits = plan(profile, world), exact_hits(world, profile)
    for item in themed():
        world.catalogue.upsert(replace_version(item.card.item_id))
    ranking = rank(made, hits, ask(), world)
    assert ranking.degraded == ("interest",)
    assert candidates([ranking])["interest"] == 0


def replace_version(item_id: str) -> EncodedItem:
    return encoded(item_id, direction(5, dimension=8), version="v2")


def test_two_tastes_give_two_interests_that_name_their_members(world: World) -> None:
    profile = folded([event(f"e{n}", f"t{n % 2}-{n}", at=NOW + n) for n in range(8)])
    interests = plan(profile, world).interests
    themes = [{member.split("-")[0] for member in interest.members} for interest in interests]
    assert sorted(themes, key=min) == [{"t0"}, {"t1"}]
    assert sum(interest.share for interest in interests) == pytest.approx(1.0)


def test_every_reason_names_its_true_cause(world: World) -> None:
    profile = folded([event("e1", "t1-0"), event("e2", "t2-0", Action.SAVE, at=NOW + 1)])
    made = listed(world, profile, ask(places=20))
    for item in made.items:
        assert item.source in {*SOURCE_NAMES, "backfill"}
        if item.source not in {"backfill", "exploration"}:  # what is tried may have come by any way
            assert item.source in item.sources
        if item.reason.code in {"because_you_liked", "liked_together", "next_after", "new_like", "kin"}:
            (cause,) = item.reason.because_of
            assert cause in {"t1-0", "t2-0"}
            assert f"Title {cause}" in item.reason.text
        else:
            assert item.reason.because_of == ()


def test_a_reason_of_content_names_the_closest_liked_item() -> None:
    world = world_of(themed())
    profile = folded([event("e1", "t1-0"), event("e2", "t2-0", Action.SAVE, at=NOW + 1)])
    made = listed(replace(world, tuning=Tuning(explore_places=0)), profile)
    told = {item.item_id[:2]: item.reason for item in made.items if item.reason.because_of}
    assert told["t1"].because_of == ("t1-0",)
    assert told["t2"].because_of == ("t2-0",)
    assert "saved" in told["t2"].text


def test_likes_of_decades_ago_still_tell_of_who_now_dislikes_something(world: World) -> None:
    long_ago = NOW - 30 * 365 * DAY_S
    profile = folded([event("e1", "t1-0", at=long_ago), event("e2", "t3-0", Action.DISLIKE)])
    ranking = rank(plan(profile, world), exact_hits(world, profile), ask(), world)
    assert np.isfinite(ranking.scored.features).all()
    assert np.isfinite(ranking.scored.scores).all()
    assert plan(profile, world).interests[0].members == ("t1-0",)


def test_caps_hold_while_there_is_choice(world: World) -> None:
    capped = replace(world, tuning=replace(world.tuning, cap_per_tag=3, cap_of_taste=0, diversity=0.0))
    made = listed(capped, folded([event(f"e{n}", f"t2-{n}", at=NOW + n) for n in range(3)]))
    per_theme = [sum(item_id.startswith(f"t{theme}") for item_id in ids(made)) for theme in range(4)]
    assert max(per_theme) <= 3
    assert sum(per_theme) == 10


def test_who_likes_little_else_may_have_more_of_one_tag(world: World) -> None:
    usual = replace(world, tuning=replace(world.tuning, cap_per_tag=3, diversity=0.0))

    def of_theme(likes: int) -> int:
        profile = folded([event(f"e{n}", f"t2-{n}", at=NOW + n) for n in range(likes)])
        return sum(item_id.startswith("t2") for item_id in ids(listed(usual, profile)))

    assert of_theme(1) <= 4  # one like says little
    assert of_theme(4) > 4


def test_diversity_mixes_a_one_sided_list(world: World) -> None:
    profile = folded([event(f"e{n}", f"t2-{n}", at=NOW + n) for n in range(3)])

    def themes(diversity: float) -> int:
        tuning = replace(world.tuning, diversity=diversity, cap_per_tag=10, explore_places=0)
        return len({item_id[:2] for item_id in ids(listed(replace(world, tuning=tuning), profile))})

    assert themes(0.7) > themes(0.0)


def test_often_shown_and_ignored_items_sink(world: World) -> None:
    fresh = folded([event("e1", "t1-0")])
    best = ids(listed(world, fresh))[0]
    tired = folded([event(f"s{n}", best, Action.IMPRESSION, at=NOW + n) for n in range(8)], onto=fresh)
    assert ids(listed(world, tired))[0] != best


def test_fresh_scores_of_a_batch_equal_those_of_each_user(world: World) -> None:
    profiles = [EMPTY, folded([event("e1", "t1-0")]), folded([event("e2", "t2-0"), event("e3", "t3-0", at=NOW + 1)])]
    plans = [plan(profile, world) for profile in profiles]
    for made, scores in zip(plans, fresh_scores(plans, world), strict=True):
        hits = exact_hits(world, made.profile)
        alone, together = rank(made, hits, ask(), world), rank(made, hits, ask(), world, scores)
        assert [place.row for place in alone.places] == [place.row for place in together.places]


def test_features_are_standardised_within_the_list() -> None:
    table = np.array([[1.0, 5.0], [3.0, 5.0], [5.0, 5.0]], dtype=np.float32)
    scaled = standardised(table)
    assert scaled[:, 0].mean() == pytest.approx(0, abs=1e-6)
    assert scaled[:, 0].std() == pytest.approx(1, abs=1e-6)
    assert not scaled[:, 1].any()


def test_a_ranker_of_other_weights_has_another_version_and_unknown_features_are_refused() -> None:
    assert HandSetRanker().version != HandSetRanker({"trend": 1.0}).version
    with pytest.raises(ValueError, match="no such features: tredn"):
        HandSetRanker({"tredn": 1.0})


def test_contributions_add_up_to_the_score(world: World) -> None:
    ranking = rank(plan(EMPTY, world), [], ask(), world)
    assert ranking.scored.contributions.shape[1] == len(FEATURES) == len(COLUMN)
    for place in ranking.places:
        scored, at = ranking.scored, place.pool_at
        assert place.score == pytest.approx(float(scored.contributions[at].sum() + scored.lift[at]), rel=1e-4)


def test_lists_ranked_together_equal_those_ranked_alone(world: World) -> None:
    exposed = [event(f"s{n}", "t1-3", Action.IMPRESSION, at=NOW + n) for n in range(4)]
    profiles = [
        EMPTY,
        folded([event("e1", "t1-0"), *exposed]),
        folded([event("e2", "t2-0"), event("e3", "t3-0", Action.DISLIKE, at=NOW + 1)]),
        folded([event("e4", "unknown"), event("e5", "t0-1", Action.RATING, value=5.0)]),
    ]
    asks = [ask(f"user-{n}", limits=Limits(exclude=("t1-1",) * (n % 2))) for n in range(len(profiles))]
    plans = [plan(profile, world) for profile in profiles]
    hits = [exact_hits(world, profile) for profile in profiles]
    together = rank_all(plans, hits, asks, world, [None] * len(plans))
    for ranking, one in zip(together, zip(plans, hits, asks, strict=True), strict=True):
        alone = rank(*one, world)
        assert [(p.row, p.source) for p in ranking.places] == [(p.row, p.source) for p in alone.places]
        assert [p.score for p in ranking.places] == pytest.approx([p.score for p in alone.places], abs=1e-4)


def test_many_lists_are_ranked_together_in_turns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [plan(folded([event(f"e{n}", f"t1-{n}")]), world) for n in range(5)]
    hits = [exact_hits(world, made.profile) for made in plans]
    asks = [ask(f"user-{n}") for n in range(5)]
    at_once = rank_all(plans, hits, asks, world, [None] * 5)
    monkeypatch.setattr(recommend, "_MOST_LISTS", 2)
    in_turns = rank_all(plans, hits, asks, world, [None] * 5)
    assert [[p.row for p in r.places] for r in at_once] == [[p.row for p in r.places] for r in in_turns]


def test_lists_of_different_times_are_not_ranked_together(world: World) -> None:
    with pytest.raises(ValueError, match="made at one time"):
        rank_all([plan(EMPTY, world)] * 2, [[], []], [ask(at=NOW), ask(at=NOW + 1)], world, [None, None])


def test_who_has_had_all_the_favourites_is_told_of_the_next(world: World) -> None:
    few = replace(world, tuning=replace(world.tuning, leader_candidates=2))
    favourites = [world.catalogue.rows.id_of(row) for row in world.statistics.all_time.top()[:6].tolist()]
    profile = folded([event(f"e{n}", item_id, Action.DISLIKE) for n, item_id in enumerate(favourites)])
    assert candidates([rank(plan(profile, few), [], ask(), few)])["popular"] >= 2
