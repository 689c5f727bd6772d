"""The replay of the agents tells whether two trees make the same lists."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bench.replay import Sizes, measure

SMALL = Sizes(batch=5, events=40, warm=20, items=120, users=20, dimension=8)


def test_the_same_replay_gives_the_same_digest_and_another_one_another() -> None:
    digests = [asyncio.run(measure(sizes))["digest"] for sizes in (SMALL, SMALL, replace(SMALL, users=19))]
    assert digests[0] == digests[1] != digests[2]


def test_time_is_counted_for_each_agent() -> None:
    report = asyncio.run(measure(replace(SMALL, events=300)))
    spent = report["cpu_us_per_event"]
    assert isinstance(spent, dict)
    assert spent.keys() == {"profile", "statistics", "following statistics"}
    assert all(us > 0 for us in spent.values())
