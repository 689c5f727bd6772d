"""A stage that waits for its neighbour says so: after a refusal at once, after silence when it has lasted."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.agents.waiting import Patience, slow_after
from streams.observe.health import CommitWatch, Progress
from streams.ports.vector_index import VectorIndexUnavailable

SLOW_AFTER_S = 5.0


class Clock:
    """Seconds, set by the test."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_it_waits_from_the_first_refusal_to_the_first_success() -> None:
    patience = Patience(VectorIndexUnavailable, SLOW_AFTER_S)
    seen: list[bool] = []

    async def call() -> str:
        seen.append(patience.waiting)
        if len(seen) < 3:
            raise VectorIndexUnavailable("away")
        return "done"

    assert await patience.until_done(call) == "done"
    assert seen == [False, True, True]
    assert not patience.waiting


async def test_a_call_that_hangs_counts_as_waiting_once_it_has_taken_long() -> None:
    clock, answer = Clock(), asyncio.Event()
    patience = Patience(VectorIndexUnavailable, SLOW_AFTER_S, clock)
    asking = asyncio.create_task(patience.until_done(answer.wait))
    await asyncio.sleep(0)  # lets it ask
    said = [patience.waiting]
    clock.now = SLOW_AFTER_S + 0.1
    said.append(patience.waiting)
    answer.set()
    await asking
    said.append(patience.waiting)
    assert said == [False, True, False]


def test_many_short_calls_of_one_batch_count_as_one_long_one() -> None:
    clock = Clock()
    patience = Patience(VectorIndexUnavailable, SLOW_AFTER_S, clock)
    said = []
    with patience.batch():
        for _ in range(4):
            with patience.calling():
                clock.now += 2.0
                said.append(patience.waiting)
        assert not patience.waiting, "between two calls it is at work"
    with patience.calling():
        said.append(patience.waiting)
    assert said == [False, False, True, True, False]


def test_a_call_inside_another_ends_no_wait() -> None:
    clock = Clock()
    patience = Patience(VectorIndexUnavailable, SLOW_AFTER_S, clock)
    with patience.calling():
        with patience.calling():
            clock.now = SLOW_AFTER_S + 0.1
        assert patience.waiting


@given(
    stalled_after_s=st.floats(1.0, 60.0),
    arrives_s=st.floats(0.0, 1.0),
    calls=st.lists(st.floats(0.05, 20.0), min_size=1, max_size=5),
)
def test_a_worker_whose_neighbour_hangs_is_never_taken_for_stalled_however_early_that_is(
    stalled_after_s: float, arrives_s: float, calls: list[float]
) -> None:
    """`calls` are the seconds that each call of the batch takes; the watch looks once a second."""
    clock = Clock()
    patience = Patience(VectorIndexUnavailable, slow_after(stalled_after_s), clock)
    watch = CommitWatch(stalled_after_s, excused=lambda: {"items"} if patience.waiting else set())

    def looks_healthy(until_s: float, lag: int) -> None:
        while clock.now < until_s:
            if clock.now % 1.0 == 0:
                watch.update(Progress({("items", 0): 5}, {("items", 0): lag}), clock.now)
            assert watch(clock.now) is None
            clock.now += 0.25

    looks_healthy(arrives_s, lag=0)
    with patience.batch():
        for took_s in calls:
            with patience.calling():
                looks_healthy(clock.now + took_s, lag=1)


async def test_another_error_surfaces_at_once_and_nobody_waits_any_more() -> None:
    patience = Patience(VectorIndexUnavailable, SLOW_AFTER_S)

    async def call() -> None:
        raise ValueError("our own mistake")

    with pytest.raises(ValueError, match="our own"):
        await patience.until_done(call)
    assert not patience.waiting
