"""What is learned from, what is tested, what is known when: no list may know what it is judged by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from evaluate_kit import START, Bench, Spy, liked, likes, themed_items, themed_likes
from msgspec.structs import replace as replaced

from streams.datasets.report import DatasetError
from streams.evaluate.methods.base import Act, Asked, Method
from streams.evaluate.methods.popularity import Popularity
from streams.evaluate.methods.registry import METHODS
from streams.evaluate.options import Options
from streams.evaluate.script import derived_lead, is_sampled
from streams.evaluate.shelf import Shelf
from streams.events import Action, BehaviourEvent, ContentEvent

LIKES = Options(positive="like", unseen=True, warmup=0.0, k=2)


def spied(folder: Path, events: Sequence[BehaviourEvent], options: Options, **more: Sequence[ContentEvent]) -> Spy:
    bench = Bench(folder, events, options=options, **more)
    spy = Spy(bench.shelf)
    bench.run(spy)
    return spy


def test_every_success_after_the_warmup_is_tested_before_it_is_learned(tmp_path: Path) -> None:
    spy = spied(tmp_path, likes("ann a, bob b, ann c, bob d"), replace(LIKES, warmup=0.5))
    assert spy.log == ["ann a", "bob b", "list for ann", "ann c", "list for bob", "bob d"]


def test_the_warmup_is_a_share_of_the_kept_events_rounded_down(tmp_path: Path) -> None:
    events = [liked("ann", "x", 0, Action.HIDE), *(liked("ann", f"i{n}", n + 1) for n in range(5))]
    dropped = spied(tmp_path / "a", events, replace(LIKES, warmup=0.5, only_positive=True))
    assert [line for line in dropped.log if line.startswith("list")] == ["list for ann"] * 3
    kept = spied(tmp_path / "b", events, replace(LIKES, warmup=0.5))
    assert kept.log[0] == "ann x"
    assert [line for line in kept.log if line.startswith("list")] == ["list for ann"] * 3


def test_unseen_takes_items_the_user_had_off_the_shelf_and_out_of_the_tests(tmp_path: Path) -> None:
    events = likes("ann a, bob b, ann a, ann b")
    spy = spied(tmp_path / "a", events, LIKES)
    assert spy.offered == [{"a", "b"}, {"a", "b"}, {"b"}]
    spy = spied(tmp_path / "b", events, replace(LIKES, unseen=False))
    assert spy.offered == [{"a", "b"}] * 4


def test_being_shown_an_item_is_not_having_had_it(tmp_path: Path) -> None:
    spy = spied(tmp_path, [liked("ann", "a", 0, Action.IMPRESSION), liked("ann", "a", 1)], LIKES)
    assert spy.offered == [{"a"}]
    spy = spied(tmp_path / "b", [liked("ann", "a", 0, Action.SKIP), liked("ann", "a", 1)], LIKES)
    assert spy.offered == []


def test_a_list_is_asked_for_where_its_act_was_done(tmp_path: Path) -> None:
    events = [
        liked("ann", "a", 0),
        replaced(liked("ann", "b", 1), context={"surface": "mail"}),
        replaced(liked("bob", "a", 2), context={"device": "phone"}),
    ]
    assert spied(tmp_path / "a", events, LIKES).surfaces == ["default", "mail", "default"]
    left_out = spied(tmp_path / "b", events, replace(LIKES, protocol="leave-one-out"))
    assert left_out.surfaces == ["mail"]


def test_known_candidates_are_those_that_behaviour_has_named(tmp_path: Path) -> None:
    spy = spied(tmp_path, likes("ann a, bob b, cid c"), replace(LIKES, candidates="known"))
    assert spy.offered == [set(), {"a"}, {"a", "b"}]


def test_catalogue_items_come_when_they_say(tmp_path: Path) -> None:
    content = [
        ContentEvent("a", title="a", published_at=START - 50),
        ContentEvent("b", title="b", published_at=START + 0.5),
        ContentEvent("c", title="c", published_at=START + 90),
        ContentEvent("d", title="d"),
    ]
    spy = spied(tmp_path, likes("ann a, bob b, cid c"), LIKES, content=content)
    assert spy.offered == [{"a", "d"}, {"a", "b", "d"}, {"a", "b", "d"}]


def test_publication_times_made_of_the_acts_are_told_and_ignored(tmp_path: Path) -> None:
    events = likes("ann a, bob b, cid c")
    content = [ContentEvent(e.item_id, title=e.item_id, published_at=e.occurred_at - 0.25) for e in events]
    assert spied(tmp_path / "a", events, LIKES, content=content).offered == [{"a", "b", "c"}] * 3
    believed = spied(tmp_path / "b", events, replace(LIKES, published="said"), content=content)
    assert believed.offered == [{"a"}, {"a", "b"}, {"a", "b", "c"}]


def test_a_lead_is_derived_only_when_most_items_share_it() -> None:
    published = {"a": 0.0, "b": 10.0, "c": 20.0, "d": None}
    assert derived_lead(published, {"a": 60.0, "b": 70.0, "c": 99.0}) == 60
    assert derived_lead(published, {"a": 60.0, "b": 75.0, "c": 99.0}) is None
    assert derived_lead({"d": None}, {"d": 3.0}) is None


def test_cold_items_new_users_and_the_rest_are_told_apart_by_what_came_before(tmp_path: Path) -> None:
    crowd = ", ".join(f"u{n} hit" for n in range(5))
    habit = ", ".join(f"old i{n}" for n in range(5))
    events = likes(f"{crowd}, {habit}, old hit, old fresh, new hit, new fresh")
    bench = Bench(tmp_path, events, options=replace(LIKES, warmup=10 / 14))
    method = Popularity(bench.shelf)
    tally = bench.run(method)["popularity"].tally
    assert tally.tested == [4, 2, 2, 1]
    by_group = {
        group: sum(map(int, tally.counts[at, :, 0])) for at, group in enumerate(("all", "cold", "new_users", "rest"))
    }
    assert by_group == {"all": 4, "cold": 2, "new_users": 2, "rest": 1}


def test_a_time_split_counts_up_to_the_split_only(tmp_path: Path) -> None:
    """b becomes the favourite after the split: a list that counted on would put it first."""
    events = likes("ann a, bob a, cid c, dan b, eva b, fay b, gus b")
    bench = Bench(tmp_path, events, options=replace(LIKES, warmup=0.5, protocol="time-split", k=1))
    method, spy = Popularity(bench.shelf), Spy(bench.shelf)
    outcome = bench.run(method, spy)["popularity"]
    assert spy.log == ["ann a", "bob a", "cid c", *(f"list for {user}" for user in ("dan", "eva", "fay", "gus"))]
    assert outcome.tally.sums[0, :, 0].sum() == 0
    assert bench.recommended(method, "new", 1) == ["a"]


def test_a_time_split_judges_one_list_per_user_by_all_that_followed(tmp_path: Path) -> None:
    events = likes("ann a, bob b, cid c, dan a, dan b, dan c, dan a")
    bench = Bench(tmp_path, events, options=replace(LIKES, warmup=3 / 7, protocol="time-split", k=2))
    outcome = bench.run(Popularity(bench.shelf))["popularity"]
    assert outcome.lists == 1
    recall, precision = outcome.tally.sums[0].sum(axis=0)[:2]
    assert (recall, precision) == (pytest.approx(2 / 3), 1)


def test_after_a_time_split_no_item_comes(tmp_path: Path) -> None:
    content = [ContentEvent(one, title=one, published_at=START + at) for one, at in (("a", -9), ("b", 0), ("c", 1.5))]
    options = replace(LIKES, warmup=0.5, protocol="time-split", published="said")
    spy = spied(tmp_path, likes("ann a, bob b, bob a, cid c"), options, content=content)
    assert spy.log[2:] == ["list for bob", "list for cid"]
    assert spy.offered == [{"a"}, {"a", "b"}]


def test_leave_one_out_keeps_back_each_users_last_success(tmp_path: Path) -> None:
    spy = spied(tmp_path, likes("ann a, bob b, ann c, bob d, cid e"), replace(LIKES, protocol="leave-one-out"))
    assert spy.log == ["ann a", "bob b", "cid e", "list for ann", "list for bob"]
    assert spy.offered == [{"b", "c", "d", "e"}, {"a", "c", "d", "e"}]


def test_a_sample_tests_the_same_share_of_the_users_and_learns_from_all(tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(200)]
    tested = [user for user in users if is_sampled(user, 0.3)]
    assert 30 < len(tested) < 90
    assert set(tested) <= {user for user in users if is_sampled(user, 0.6)}
    events = [liked(user, "a", n) for n, user in enumerate(users)]
    spy = spied(tmp_path, events, replace(LIKES, sample=0.3))
    assert [line for line in spy.log if line.startswith("list")] == [f"list for {user}" for user in tested]
    assert len([line for line in spy.log if not line.startswith("list")]) == 200


def test_fewer_lists_of_variants_are_judged_where_there_are_very_many(tmp_path: Path) -> None:
    events = [liked(f"u{n}", f"i{n % 7}", n) for n in range(200)]
    bench = Bench(tmp_path, events, options=replace(LIKES, variant_tests=50))
    plain, variant = Spy(bench.shelf), Spy(bench.shelf)
    variant.name, variant.variant = "upwell-without-something", True
    outcomes = bench.run(plain, variant)
    assert outcomes["spy"].lists == 200
    assert 25 < outcomes[variant.name].lists < 80
    assert len(variant.log) == 200 + outcomes[variant.name].lists, "all events are learned all the same"


def test_time_that_goes_back_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="event 2 is older than the one before; sort"):
        Bench(tmp_path, [liked("ann", "a", 5), liked("ann", "b", 4)])


def test_nothing_to_test_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="loosen --positive"):
        Bench(tmp_path, likes("ann a"), options=replace(LIKES, positive="purchase", only_positive=True))


# No method may know what comes

Make = Callable[[Bench], Method]


class Recorded(Method):
    """A method whose lists are kept."""

    def __init__(self, inner: Method) -> None:
        self.name = inner.name
        self.lists: list[list[int]] = []
        self._inner = inner

    def recommend(self, asked: Asked, k: int) -> list[int]:
        self.lists.append(self._inner.recommend(asked, k))
        return self.lists[-1]

    def learn(self, act: Act) -> None:
        self._inner.learn(act)

    def arrive(self, row: int, at: float) -> None:
        self._inner.arrive(row, at)

    footprint = property(lambda self: self._inner.footprint)


class Peeking(Popularity):
    """Popularity of the whole data set, read beforehand: what must not pass."""

    name = "peeking"

    def __init__(self, shelf: Shelf, events: Sequence[BehaviourEvent]) -> None:
        super().__init__(shelf)
        for event in events:
            self.likes.counts[shelf.row_of[event.item_id]] += 1


def futures() -> tuple[list[BehaviourEvent], list[BehaviourEvent], int]:
    """The same events up to some point and wholly other ones after it; and how many they share."""
    events = themed_likes(users=6, steps=80)
    shared = 60
    other = [replace_item(event, f"stars-{n % 10}") for n, event in enumerate(events[shared:])]
    return events, events[:shared] + other, shared


def replace_item(event: BehaviourEvent, item: str) -> BehaviourEvent:
    return liked(event.user_id, item, round(event.occurred_at - START))


def lists_before_the_fork(tmp_path: Path, make: Make) -> list[list[list[int]]]:
    """The lists of two runs as long as their events are the same."""
    found = []
    *both, shared = futures()
    for number, events in enumerate(both):
        bench = Bench(tmp_path / str(number), events, themed_items(), replace(LIKES, k=5, unseen=False))
        method = Recorded(make(bench))
        bench.run(method)
        found.append(method.lists[:shared])
    return found


def test_no_method_knows_what_comes(tmp_path: Path) -> None:
    plain = [name for name in METHODS if not name.startswith(("upwell-", "content-"))]
    for name in plain:
        one, other = lists_before_the_fork(
            tmp_path / name,
            lambda bench, name=name: METHODS[name](bench.kit(bench.items())),  # type: ignore[misc]
        )
        assert one == other, f"{name} makes other lists when what comes later changes"


def test_a_method_that_peeks_is_found_out(tmp_path: Path) -> None:
    one, other = lists_before_the_fork(tmp_path, lambda bench: Peeking(bench.shelf, list(bench.dataset.behaviour())))
    assert one != other
