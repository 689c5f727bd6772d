"""The limits of pushing hold whatever comes, and whenever."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.push.bucket import Bucket, Rate, taken
from streams.core.push.memory import KEPT, PushMemory
from streams.core.push.quiet_hours import QuietHours
from streams.core.push.refresh import MOVED_BELOW, RefreshQueue, Vectors, moved
from streams.core.push.verdict import DAY_S, PushLimits, held_back
from streams.events import NewsKind, Push

START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
GAPS = st.lists(st.floats(0, 4 * 3600), max_size=60)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])


@given(GAPS, st.floats(0.0001, 10), st.integers(1, 20))
def test_a_bucket_gives_no_more_than_its_burst_and_its_rate(gaps: list[float], per_s: float, burst: int) -> None:
    rate, bucket, now, given_out = Rate(per_s, float(burst)), None, START, 0
    for gap in gaps:
        now += gap
        bucket, fits = taken(bucket, rate, now)
        given_out += fits
        assert given_out <= burst + per_s * (now - START) + 1e-6


@given(GAPS, st.floats(0, 3600))
def test_a_clock_that_goes_back_fills_no_bucket(gaps: list[float], back: float) -> None:
    bucket, _ = taken(Bucket(0.0, START), Rate(0.001, 5.0), START - back)
    assert bucket == Bucket(0.0, START)


@given(st.lists(st.tuples(st.floats(0, 8 * 3600), st.integers(0, 8)), max_size=60), st.integers(1, 5))
def test_a_user_gets_no_item_twice_and_no_more_than_the_interval_and_the_day_allow(
    arriving: list[tuple[float, int]], daily: int
) -> None:
    limits = PushLimits(interval_s=3600, daily=daily, idle_s=0, news_s=1, cosine=0.5, quiet=None)
    memory, now, sent = PushMemory(), START, list[tuple[float, int]]()
    for gap, item in arriving:
        now += gap
        push = Push("u", f"item-{item}", NewsKind.NEW, now, 0.9)
        if held_back(push, memory, limits, last_act_at=0.0, cosine=0.9, now=now) is None:
            memory = PushMemory.from_bytes(memory.with_push(push.item_id, now).to_bytes())  # as after a restart
            sent.append((now, item))
    times = [at for at, _ in sent]
    assert all(later - earlier >= 3600 for earlier, later in pairwise(times))
    assert all(sum(at - DAY_S < other <= at for other in times) <= daily for at in times)
    assert len({item for _, item in sent}) == len(sent)


@given(st.integers(0, 1439), st.integers(0, 1439), ZONES, st.integers(0, 366 * 1440))
def test_quiet_hours_are_what_the_clock_on_the_wall_says(start: int, end: int, zone: str, minute: int) -> None:
    now = START + 60 * minute
    wall = datetime.fromtimestamp(now, ZoneInfo(zone)).strftime("%H:%M")
    begins, ends = (f"{at // 60:02}:{at % 60:02}" for at in (start, end))
    expected = begins <= wall < ends if start <= end else wall >= begins or wall < ends
    assert QuietHours(start, end, ZoneInfo(zone)).holds(now) is expected


@given(st.lists(st.integers(0, 200), max_size=120))
def test_a_memory_is_the_same_after_its_way_through_bytes(items: list[int]) -> None:
    memory = PushMemory()
    for at, item in enumerate(items):
        memory = memory.with_push(str(item), START + at)
    assert PushMemory.from_bytes(memory.to_bytes()) == memory
    assert all(memory.has(str(item)) for item in items[-KEPT:])


def vectors(count: int, seed: int) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=(count, 8))
    unit: Vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return unit


@given(st.integers(0, 4), st.integers(0, 99))
def test_the_order_of_interests_moves_nobody(count: int, seed: int) -> None:
    interests = vectors(count, seed)
    assert not moved(interests, interests[::-1].copy())
    assert moved(interests, vectors(count + 1, seed))


@given(st.floats(-1, 1), st.integers(0, 99))
def test_an_interest_is_written_again_once_it_is_further_than_the_bound(cosine: float, seed: int) -> None:
    one, other = vectors(2, seed)
    side = other - one * (one @ other)
    turned = cosine * one + np.sqrt(1 - cosine**2) * side / np.linalg.norm(side)
    distance = float(one @ turned)
    if abs(distance - MOVED_BELOW) > 1e-5:
        assert moved(one[None, :], turned[None, :].astype(np.float32)) is (distance < MOVED_BELOW)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60))
def test_whoever_was_noted_is_written_with_their_newest_interests_however_often_the_store_fails(
    steps: list[tuple[int, bool]],
) -> None:
    queue, store, newest = RefreshQueue(), dict[str, object](), dict[str, object]()
    for number, (user, fails) in enumerate(steps):
        interests = vectors(2, number)
        newest[f"user-{user}"] = interests
        queue.note(f"user-{user}", interests, "v1")
        write(queue, store, fails)
    while len(queue):
        write(queue, store, fails=False)
    assert store.keys() == newest.keys()
    assert all(store[user] is newest[user] for user in newest)


def write(queue: RefreshQueue, store: dict[str, object], fails: bool) -> None:
    batch = queue.take(2)
    if fails:
        queue.put_back(batch, "v1")
    else:
        queue.wrote(batch, "v1")
        store.update(batch)
