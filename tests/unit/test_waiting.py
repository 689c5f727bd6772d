"""A stage that waits for its neighbour says so: after a refusal at once, after silence when it has lasted."""

from __future__ import annotations

import asyncio

import pytest

from streams.agents.waiting import SLOW_S, Patience
from streams.ports.vector_index import VectorIndexUnavailable


async def test_it_waits_from_the_first_refusal_to_the_first_success() -> None:
    patience = Patience(VectorIndexUnavailable)
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
    now, answer = [0.0], asyncio.Event()
    patience = Patience(VectorIndexUnavailable, clock=lambda: now[0])
    asking = asyncio.create_task(patience.until_done(answer.wait))
    await asyncio.sleep(0)  # lets it ask
    said = [patience.waiting]
    now[0] = SLOW_S + 0.1
    said.append(patience.waiting)
    answer.set()
    await asking
    said.append(patience.waiting)
    assert said == [False, True, False]


async def test_another_error_surfaces_at_once_and_nobody_waits_any_more() -> None:
    patience = Patience(VectorIndexUnavailable)

    async def call() -> None:
        raise ValueError("our own mistake")

    with pytest.raises(ValueError, match="our own"):
        await patience.until_done(call)
    assert not patience.waiting
