"""Simulated visitors: seeded, bounded, labelled, and with tastes that a list can meet."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streams.demo.visitors import PREFIX, Shown, Visitor, make_visitors, simulate, to_events, visit
from streams.events import Action

TAGS = st.lists(st.sampled_from("abcdefgh"), max_size=3).map(tuple)
ITEMS = st.lists(TAGS, max_size=60).map(lambda tags: [Shown(f"i{n}", tag) for n, tag in enumerate(tags)])
CATALOGUE = [Shown(f"{tag}{n}", (tag,)) for tag in "abcdefgh" for n in range(20)]


@given(ITEMS, st.integers(0, 20), st.integers(0, 2**32))
def test_tastes_stay_within_minus_one_and_one_and_equal_seeds_agree(items: list[Shown], count: int, seed: int) -> None:
    visitors = make_visitors(count, items, seed)
    assert visitors == make_visitors(count, items, seed)
    assert len({visitor.user_id for visitor in visitors}) == count
    for visitor in visitors:
        assert visitor.user_id.startswith(PREFIX)
        assert all(-1 <= taste <= 1 for taste in visitor.tastes.values())
        assert all(-1 <= visitor.affinity(item.tags) <= 1 for item in items)
        assert visitor.activity > 0


@given(ITEMS, ITEMS, st.integers(0, 2**32))
def test_a_visit_touches_only_what_it_can_see_and_nothing_twice(
    pushed: list[Shown], catalogue: list[Shown], seed: int
) -> None:
    visitor = make_visitors(1, catalogue or pushed, seed)[0]
    random = Random(seed)
    acts = [act for _ in range(5) for act in visit(visitor, pushed, catalogue, random)]
    visible = {item.item_id for item in (*pushed, *catalogue)}
    assert {item for _, item in acts} <= visible
    done = [item for action, item in acts if action in {Action.CLICK, Action.HIDE}]
    assert len(done) == len(set(done))
    clicked: set[str] = set()
    for action, item in acts:
        if action is Action.LIKE:
            assert item in clicked, "nobody likes what they have not opened"
        if action is Action.CLICK:
            clicked.add(item)


@given(ITEMS, st.integers(1, 5), st.integers(0, 200), st.integers(0, 2**32))
def test_a_simulation_is_bounded_ordered_labelled_and_repeatable(
    items: list[Shown], visitors: int, events: int, seed: int
) -> None:
    made = simulate(items, visitors=visitors, events=events, seed=seed, start=1000.0)
    assert made == simulate(items, visitors=visitors, events=events, seed=seed, start=1000.0)
    assert len(made) <= events
    assert len({event.event_id for event in made}) == len(made)
    times = [event.occurred_at for event in made]
    assert times == sorted(times)
    assert all(event.user_id.startswith(PREFIX) and event.context == {"simulated": True} for event in made)


def _clicks(shown: list[Shown], visitor: Visitor, seed: int) -> int:
    return sum(action is Action.CLICK for action, _ in visit(visitor, shown, (), Random(seed)))


def test_a_list_that_meets_the_taste_is_clicked_more_than_one_that_does_not() -> None:
    def fresh() -> Visitor:
        return Visitor("simulated-1", {"a": 1.0, "b": -1.0}, 1.0)

    loved, hated = ([item for item in CATALOGUE if item.tags == (tag,)][:10] for tag in "ab")
    good = sum(_clicks(loved, fresh(), seed) for seed in range(100))
    bad = sum(_clicks(hated, fresh(), seed) for seed in range(100))
    assert good > 5 * bad


def test_what_is_disliked_is_hidden_at_times_and_what_is_loved_never() -> None:
    acts = [
        (action, item)
        for seed in range(100)
        for action, item in visit(Visitor("simulated-1", {"a": 1.0, "b": -1.0}, 1.0), CATALOGUE[:40], (), Random(seed))
    ]
    hidden = {item[0] for action, item in acts if action is Action.HIDE}
    assert hidden == {"b"}


def test_a_visit_s_events_are_spaced_and_share_a_session() -> None:
    visitor = Visitor("simulated-1", {}, 1.0, visits=3)
    first, second = to_events(visitor, [(Action.IMPRESSION, "a"), (Action.CLICK, "a")], 50.0, seed=9)
    assert first.session_id == second.session_id
    assert first.occurred_at == 50.0 < second.occurred_at
    assert first.event_id != second.event_id
