"""Every method on a handful of events, against what one works out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from evaluate_kit import Bench, liked, likes, themed_items, themed_likes

from streams.core.recommend import World
from streams.core.tuning import Tuning
from streams.evaluate.methods import decayed_popularity
from streams.evaluate.methods.ablation import PARTS, Blind, without
from streams.evaluate.methods.base import Likes, best, best_then_popular
from streams.evaluate.methods.content import Content
from streams.evaluate.methods.decayed_popularity import DecayedPopularity
from streams.evaluate.methods.factorisation import Factorisation
from streams.evaluate.methods.item_knn import ItemKnn
from streams.evaluate.methods.next_after import NextAfter
from streams.evaluate.methods.pairs import Pairs
from streams.evaluate.methods.popularity import Popularity
from streams.evaluate.methods.random import Random
from streams.evaluate.methods.registry import METHODS
from streams.evaluate.options import Options
from streams.evaluate.shelf import Shelf
from streams.events import Action

After = Callable[[str], Bench]


@pytest.fixture
def after(tmp_path: Path) -> After:
    return lambda text: Bench(tmp_path / "set", likes(text))


def test_popularity_is_by_the_number_of_likes(after: After) -> None:
    bench = after("ann a, bob a, cid a, ann b, bob b, ann c")
    method = Popularity(bench.shelf)
    bench.run(method)
    assert bench.recommended(method, "new") == ["a", "b"]
    assert bench.recommended(method, "cid") == ["b", "c"]


def test_what_is_no_success_counts_for_nothing(tmp_path: Path) -> None:
    events = [*likes("ann a, bob b"), liked("cid", "b", 2, Action.HIDE), liked("dan", "a", 3)]
    bench = Bench(tmp_path / "set", events)
    method = Popularity(bench.shelf)
    bench.run(method)
    assert bench.recommended(method, "new") == ["a", "b"]
    counts = {item: method.likes.counts[row] for item, row in bench.shelf.row_of.items()}
    assert counts == {"a": 2, "b": 1}


def test_decayed_popularity_prefers_what_is_liked_now(after: After, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decayed_popularity, "HALF_LIFE", 1.0)
    bench = after("ann a, bob a, cid a, ann b, bob b")
    method = DecayedPopularity(bench.shelf)
    bench.run(method)
    # a: 1/4 + 1/8 + 1/16 against b: 1 + 1/2, in units of the newest
    assert bench.recommended(method, "new") == ["b", "a"]


def test_decay_survives_any_number_of_half_lives(after: After, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decayed_popularity, "HALF_LIFE", 0.001)
    bench = after("ann a, ann b, ann c")
    method = DecayedPopularity(bench.shelf)
    bench.run(method)
    assert bench.recommended(method, "new")[0] == "c"
    assert np.isfinite(method.weights).all()


def test_item_knn_finds_what_the_same_people_liked(after: After) -> None:
    bench = after("ann a, ann b, bob a, bob b, cid x, cid y, dan x, dan y, eva y, fay y, gus y, new a")
    method = ItemKnn(bench.shelf)
    bench.run(method)
    assert bench.recommended(method, "new") == ["b", "y"]  # nothing else is near a: the popular fill up


def test_item_knn_weighs_near_acts_more(after: After) -> None:
    bench = after("ann a, ann b, bob c, bob d, new a, new c")
    method = ItemKnn(bench.shelf)
    bench.run(method)
    assert bench.recommended(method, "new") == ["d", "b"]


def test_next_after_knows_the_direction(after: After) -> None:
    bench = after("ann a, ann b, bob a, bob b, cid c, cid a, pip a, new b")
    method = NextAfter(bench.shelf)
    bench.run(method)
    assert bench.recommended(method, "pip")[0] == "b"
    # Nothing came after b; the popular ones fill up.
    assert bench.recommended(method, "new") == ["a", "c"]


def test_factorisation_learns_two_tastes(after: After) -> None:
    one, two = ("a", "b", "c", "d"), ("p", "q", "r", "s")
    acts = [f"u{u} {(one, two)[u % 2][(u // 2 + n) % 4]}" for n in range(3) for u in range(40)] * 3
    bench = after(", ".join([*acts, "new a", "new b"]))
    method = Factorisation(bench.shelf, seed=0)
    bench.run(method)
    assert set(bench.recommended(method, "new", 2)) == {"c", "d"}
    assert bench.recommended(method, "nobody", 8)[0] in {*one, *two}


def test_content_follows_the_vectors(after: After) -> None:
    bench = after("ann a, bob b, cid c, new a")
    vectors = np.zeros((len(bench.shelf), 2), dtype=np.float32)
    for item, vector in {"a": (1, 0), "b": (0.6, 0.8), "c": (0.8, 0.6)}.items():
        vectors[bench.shelf.row_of[item]] = vector
    method = Content(bench.shelf, vectors)
    bench.run(method)
    assert bench.recommended(method, "new") == ["c", "b"]
    assert len(bench.recommended(method, "nobody")) == 2


def test_random_draws_candidates_only_and_all_of_them_in_time(after: After) -> None:
    bench = after("ann a, ann b, ann c, ann d, bob a")
    method = Random(bench.shelf, seed=0)
    bench.run(method)
    drawn = [bench.recommended(method, "bob") for _ in range(50)]
    assert all(len(set(one)) == 2 for one in drawn)
    assert {item for one in drawn for item in one} == {"b", "c", "d"}


def test_ties_go_by_the_order_of_the_shelf_which_the_seed_draws() -> None:
    ids = [f"i{n}" for n in range(20)]
    orders = [tuple(Shelf(ids, seed, unseen=True).ids) for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    mask = np.ones(4, dtype=np.bool_)
    assert best(np.array([1, 2, 2, 1], dtype=np.float32), mask, 3) == [1, 2, 0]


def test_only_scores_above_zero_come_before_the_popular_ones(after: After) -> None:
    bench = after("ann a, bob a, ann b")
    shared = Likes(bench.shelf)
    shared.counts = np.array([0, 3, 2], dtype=np.float32)
    mask = np.ones(3, dtype=np.bool_)
    assert best_then_popular(np.array([0.5, 0, 0], dtype=np.float32), shared, mask, 3) == [0, 1, 2]


def test_pairs_make_room_for_new_items_by_the_one_with_fewest_acts() -> None:
    pairs = Pairs(rows=5, most=3)
    one = np.ones(1, dtype=np.float32)
    for _ in range(2):
        pairs.add(0, [1], one, both=True)
        pairs.add(1, [0], one, both=True)
    pairs.add(2, [0], one, both=True)
    pairs.add(3, [0], one, both=True)  # takes the place of 2
    found = pairs.sums([0], one)
    assert found[1] == 4
    assert found[2] == 0
    assert found[3] == 1


def test_every_method_fills_its_lists_with_candidates_and_says_what_it_costs(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "set", themed_likes(), themed_items(), Options(positive="like", unseen=True, k=5))
    kit = bench.kit(bench.items())
    methods = [make(kit) for make in METHODS.values()]
    assert [method.name for method in methods] == list(METHODS)
    outcomes = bench.run(*methods)
    had = {event.item_id for event in themed_likes() if event.user_id == "user-1"}
    for method in methods:
        made = bench.recommended(method, "user-1", 5)
        assert len(set(made)) == 5, method.name
        assert not had & set(made), method.name
        outcome = outcomes[method.name]
        assert outcome.footprint.per_item >= 0
        assert outcome.lists == outcome.tally.tested[0] > 0


def changeable(world: World) -> tuple[object, ...]:
    return world.tuning, world.sources, world.ranker, world.business


def test_every_part_that_can_be_missing_exists() -> None:
    world = World.empty(Tuning())
    for part in PARTS.values():
        made = without(part, world)
        assert [source.name for source in made.sources] == [source.name for source in world.sources]
        assert set(part.sources) <= {source.name for source in world.sources}
        assert isinstance(made.ranker, Blind) == bool(part.features)
        assert changeable(made) != changeable(world)
