"""The made-up load: the same for everyone, labelled, and shaped like behaviour."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from bench.synthetic import SUBJECTS, Population, catalogue, subject_of
from streams.events import Action


def test_the_same_seed_gives_the_same_events() -> None:
    first = list(islice(Population(50, 400, seed=3).events(run="a"), 200))
    again = list(islice(Population(50, 400, seed=3).events(run="a"), 200))
    assert first == again


def test_two_runs_never_share_an_event_id() -> None:
    population = Population(50, 400, seed=3)
    ids = {e.event_id for run in ("a", "b") for e in islice(population.events(run=run), 500)}
    assert len(ids) == 1000


def test_every_id_says_that_it_is_synthetic() -> None:
    events = islice(Population(50, 400, seed=3).events(run="a"), 100)
    assert all(e.user_id.startswith("synthetic-") and e.item_id.startswith("synthetic-") for e in events)
    assert all(item.item_id.startswith("synthetic-") for item in catalogue(40, seed=1, now=1e9))


def test_every_acted_on_item_is_in_the_catalogue() -> None:
    known = {item.item_id for item in catalogue(130, seed=1, now=1e9)}
    events = islice(Population(20, 130, seed=2).events(run="a"), 2000)
    assert {event.item_id for event in events} <= known


def test_users_mostly_act_on_two_subjects() -> None:
    names = tuple(SUBJECTS)
    acted: dict[str, Counter[str]] = {}
    for event in islice(Population(20, 4000, seed=5).events(run="a"), 4000):
        subject = names[subject_of(int(event.item_id.rsplit("-", 1)[1]))]
        acted.setdefault(event.user_id, Counter())[subject] += 1
    shares = [sum(n for _, n in c.most_common(2)) / c.total() for c in acted.values()]
    assert sum(shares) / len(shares) > 0.8


def test_skew_makes_some_users_much_busier() -> None:
    def busiest(skew: float) -> int:
        events = islice(Population(100, 400, seed=5, skew=skew).events(run="a"), 3000)
        return Counter(event.user_id for event in events).most_common(1)[0][1]

    assert busiest(1.0) > 5 * busiest(0.0)


def test_every_event_may_change_a_list() -> None:
    assert all(
        event.action is not Action.IMPRESSION for event in islice(Population(9, 90, seed=1).events(run="a"), 500)
    )


def test_items_were_published_in_the_last_thirty_days() -> None:
    ages = [1e9 - (item.published_at or 0.0) for item in catalogue(200, seed=1, now=1e9)]
    assert min(ages) >= 0
    assert max(ages) <= 30 * 86_400
