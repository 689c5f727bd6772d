"""Acts teach the ranker through the lists that came before them; what was taught reaches every worker."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest
from core_builders import NOW, direction, encoded, event, folded

from streams.agents.teaching import PUBLISH_EVERY, Teaching
from streams.core.learning.ranker import LearnedRanker
from streams.core.profile import EMPTY, Profile
from streams.core.recommend import Ask, Ranking, World, plan, rank
from streams.core.tuning import Tuning
from streams.events import Action, BehaviourEvent, Lineage, RankerWeights
from streams.topics import Topic
from streams.views.follower import Entry
from streams.views.ranker import RankerFeed


@dataclass(slots=True)
class Worker:
    """A ranker with its teaching, and what it has sent."""

    ranker: LearnedRanker = field(default_factory=LearnedRanker)
    sent: list[tuple[Topic, bytes, bytes | None]] = field(default_factory=list)
    teaching: Teaching = field(init=False)

    def __post_init__(self) -> None:
        self.teaching = Teaching(self.ranker)

    def act(self, act: BehaviourEvent, before: Profile = EMPTY, partition: int = 0) -> None:
        self.teaching.acted(act, before, partition, lambda topic, key, value: self.sent.append((topic, key, value)))


@pytest.fixture
def world() -> World:
    made = World.empty(Tuning())
    for n in range(30):
        made.catalogue.upsert(encoded(f"i{n}", direction(n % 5, 0.1, n), published_at=NOW - n))
    return made


def ranking(world: World, profile: Profile = EMPTY, user_id: str = "u") -> Ranking:
    made = plan(profile, world)
    return rank(made, [None] * len(made.interests), Ask(user_id, "behaviour", Lineage(0, 0), NOW), world)


def some_candidate(made: Ranking) -> str:
    pool = made.scored.pool
    return made.context.catalogue.rows.id_of(int(pool.rows[-1]))


def test_a_positive_act_on_a_candidate_of_the_last_list_teaches(world: World) -> None:
    worker, made = Worker(), ranking(world, folded([event("e", "i1")]))
    worker.teaching.listed("u", made)
    worker.act(event("a", some_candidate(made)))
    assert worker.ranker.state.lessons == 1


@pytest.mark.parametrize(
    "act",
    [
        event("a", "i-of-no-source"),
        event("a", "i2", user_id="somebody-without-a-list"),
        event("a", "i2", Action.HIDE),
        event("a", "i2", Action.IMPRESSION),
    ],
    ids=["not a candidate", "no list", "a refusal", "an impression"],
)
def test_any_other_act_teaches_nothing(world: World, act: BehaviourEvent) -> None:
    worker = Worker()
    worker.teaching.listed("u", ranking(world))
    worker.act(act)
    assert worker.ranker.state.lessons == 0


def test_a_frozen_ranker_is_taught_nothing(world: World) -> None:
    worker, made = Worker(LearnedRanker(frozen=True)), ranking(world)
    worker.teaching.listed("u", made)
    worker.act(event("a", some_candidate(made)))
    assert worker.ranker.state.lessons == 0


def test_an_erased_user_teaches_nothing_more(world: World) -> None:
    worker, made = Worker(), ranking(world)
    worker.teaching.listed("u", made)
    worker.teaching.forget("u")
    worker.act(event("a", some_candidate(made)))
    assert worker.ranker.state.lessons == 0


def test_what_was_taught_is_published_and_heard_by_every_worker(world: World) -> None:
    worker, made = Worker(), ranking(world)
    for n in range(2 * PUBLISH_EVERY):
        worker.teaching.listed(f"u{n}", made)
        worker.act(event(f"a{n}", some_candidate(made), user_id=f"u{n}"), partition=3)
    assert [(topic, key) for topic, key, _ in worker.sent] == [(Topic.RANKER, b"3")] * 2
    other = LearnedRanker()
    RankerFeed(other).apply([Entry(key, value, 0, n, NOW) for n, (_, key, value) in enumerate(worker.sent)])
    assert other.state.lessons == 2 * PUBLISH_EVERY
    assert np.array_equal(other.state.linear, worker.ranker.state.linear)
    assert not np.array_equal(other.state.linear, LearnedRanker().state.linear)


def test_a_record_that_is_no_use_is_passed_over() -> None:
    ranker = LearnedRanker()
    foreign = msgspec.json.encode(RankerWeights(0, "learned-other", 10, [0.0, 0.0], {}))
    RankerFeed(ranker).apply([Entry(b"0", raw, 0, n, NOW) for n, raw in enumerate([b"{", foreign, None])])
    assert ranker.state.lessons == 0
