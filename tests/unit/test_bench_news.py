"""The simulated month of news: labelled, in order, the same for the same seed, and as it says it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from bench.news import Month, articles, readings, write
from streams.datasets.folder import open_dataset
from streams.events import Action, BehaviourEvent

MONTH = Month(days=6, articles_a_day=60, readers=30)


@pytest.fixture(scope="module")
def events() -> list[BehaviourEvent]:
    return readings(MONTH, articles(MONTH))


def test_the_same_seed_gives_the_same_month(events: list[BehaviourEvent]) -> None:
    assert readings(MONTH, articles(MONTH)) == events
    assert articles(replace(MONTH, seed=8)) != articles(MONTH)


def test_nothing_is_read_before_it_is_there_or_after_four_days(events: list[BehaviourEvent]) -> None:
    published = {one.event.item_id: one.event.published_at or 0.0 for one in articles(MONTH)}
    assert len(events) > 100
    for event in events:
        assert 0 <= event.occurred_at - published[event.item_id] < 4 * 86_400 + 3600  # a visit takes a while


def test_nobody_reads_an_article_twice(events: list[BehaviourEvent]) -> None:
    read = Counter(
        (event.user_id, event.item_id) for event in events if event.action not in {Action.IMPRESSION, Action.VIEW}
    )
    assert set(read.values()) == {1}


def test_a_reader_keeps_to_a_few_subjects(events: list[BehaviourEvent]) -> None:
    subject = {one.event.item_id: one.subject for one in articles(MONTH)}
    by_reader: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for event in events:
        if event.action not in {Action.IMPRESSION, Action.VIEW}:
            by_reader[event.user_id][subject[event.item_id]] += 1
    kept = sum(sum(count for _, count in read.most_common(3)) for read in by_reader.values())
    assert kept > 0.8 * sum(sum(read.values()) for read in by_reader.values())


def test_it_is_written_as_a_simulated_data_set(tmp_path: Path, events: list[BehaviourEvent]) -> None:
    about = write(MONTH, tmp_path / "news")
    dataset = open_dataset(tmp_path / "news")
    assert dataset.about == about
    assert about.simulated
    assert list(dataset.behaviour()) == events
    assert all("simulated" in event.user_id + event.item_id for event in events)
