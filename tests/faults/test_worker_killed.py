"""A worker killed with SIGKILL in the middle of 20,000 events: nothing is lost, and nothing counts twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from kit.stream import Stream, behaviour

from streams.adapters.clock import SystemClock
from streams.adapters.milvus_index import MilvusIndex
from streams.core.profile import Profile
from streams.core.statistics import ItemCounters
from streams.events import Action, BehaviourEvent, ContentEvent
from streams.local.ports import Ports
from streams.ports.vector_index import Vectors
from streams.topics import Topic

EVENTS, USERS, ITEMS = 20_000, 400, 150
START = 1_790_000_000.0
ACTIONS = (Action.LIKE, Action.CLICK, Action.VIEW, Action.IMPRESSION, Action.SKIP, Action.PURCHASE)


def content() -> Iterator[ContentEvent]:
    for n in range(ITEMS):
        yield ContentEvent(f"item-{n}", title=f"kind{n % 9} kind{n % 9} word{n}", tags=(f"kind{n % 9}",))


def acts() -> Iterator[BehaviourEvent]:
    """The same 20,000 events for every run, some of them sent twice."""
    rng = random.Random(20)
    for n in range(EVENTS):
        user, item = f"user-{rng.randrange(USERS)}", f"item-{rng.randrange(ITEMS)}"
        yield behaviour(user, item, rng.choice(ACTIONS), event=f"event-{n}", occurred_at=START + n)
        if n % 100 == 0:
            yield behaviour(user, item, Action.LIKE, event=f"event-{n}", occurred_at=START + n)


def committed(stream: Stream) -> int:
    """How far the worker has committed on behaviour, summed over the partitions."""
    status = stream.get("/status") or {"partitions": []}
    topic = Topic.BEHAVIOUR.under(stream.prefix)
    return sum(part["committed"] for part in status["partitions"] if part["topic"] == topic)


def drained(stream: Stream) -> bool:
    """Every stage has committed all there is, signals of the last batch included, which are sent before its commit."""
    status = stream.get("/status") or {"partitions": []}
    return len(status["partitions"]) >= 4 * 6 and all(part["lag"] == 0 for part in status["partitions"])


def fill(stream: Stream) -> None:
    stream.publish(*content())
    stream.publish(*acts())


State = tuple[dict[str, Profile], dict[str, ItemCounters], dict[str, Vectors]]


def state_after(stream: Stream, kills: tuple[int, ...]) -> State:
    """What a stream holds once all events are done, its worker killed each time it had committed that many."""
    try:
        fill(stream)
        stream.start_worker()
        for kill_at in kills:
            reached = partial(_reached, stream, kill_at)
            stream.until(reached, 120.0, f"{kill_at} events were never reached")
            stream.kill_worker()
            assert committed(stream) == 0, "the worker still answers"
            stream.start_worker()
        stream.until(lambda: drained(stream), 180.0, "the events were never done")
        assert stream.dead_letters() == []
        return stream.profiles(), stream.statistics(), asyncio.run(index_of(stream))
    finally:
        stream.stop()


def _reached(stream: Stream, events: int) -> bool:
    return committed(stream) >= events


@pytest.mark.timeout(600)
def test_killed_twice_it_ends_with_the_state_of_an_undisturbed_run(
    kafka: str, milvus: str, tmp_path: Path, ports: Ports
) -> None:
    def stream(name: str) -> Stream:
        return Stream(kafka, tmp_path / name, ports, vector_index="milvus", milvus=milvus, index_timeout_s=5.0)

    with ThreadPoolExecutor() as both:  # a worker uses one core
        calm = both.submit(state_after, stream("calm"), kills=())
        profiles, statistics, index = state_after(stream("killed"), kills=(6_000, 13_000))
        calm_profiles, calm_statistics, calm_index = calm.result()
    assert {user: profile.taste for user, profile in profiles.items()} == {
        user: profile.taste for user, profile in calm_profiles.items()
    }
    assert sum(len(profile.acts) for profile in profiles.values()) > 10 * USERS, "the run must have had substance"
    for counted in (statistics, calm_statistics):
        assert sum(acts_in(counters) for counters in counted.values()) == EVENTS, "every event counts exactly once"
    assert statistics.keys() == calm_statistics.keys()
    for item, counters in statistics.items():
        assert_alike(counters, calm_statistics[item])
    assert index.keys() == calm_index.keys() == {f"item-{n}" for n in range(ITEMS)}
    assert all(np.allclose(vector, calm_index[item], atol=1e-6) for item, vector in index.items())


def acts_in(counters: ItemCounters) -> int:
    return sum(counters.counts.get(action.value, 0) for action in Action)


def assert_alike(found: ItemCounters, calm: ItemCounters) -> None:
    """Counts exactly, decayed sums up to the rounding that another order of addition brings."""
    assert found.counts == calm.counts
    assert found.as_of == calm.as_of
    pairs = [*zip(found.popularity, calm.popularity, strict=True)]
    pairs += [(found.neighbours, calm.neighbours), (found.predecessors, calm.predecessors)]
    for ours, theirs in pairs:
        assert ours.as_of(calm.as_of) == pytest.approx(theirs.as_of(calm.as_of), rel=1e-6)


async def index_of(stream: Stream) -> dict[str, Vectors]:
    """Every row of the stream's collection in Milvus."""
    settings = stream.settings
    index = MilvusIndex(
        settings.milvus, prefix=stream.prefix, clock=SystemClock(), search_timeout_s=5.0, write_timeout_s=20.0
    )
    try:
        await index.ensure(256, str(stream.get("/status")["encoder_version"]))
        return await index.fetch(sorted(await index.item_ids()))
    finally:
        await index.close()
