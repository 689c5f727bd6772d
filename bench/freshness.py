"""How fresh lists are on this machine: real Kafka, Milvus and Triton, one worker, and a load from outside.

The catalogue goes in as content events and is encoded through Triton like any other; behaviour is then open-loop, while
new items keep arriving. docs/performance.md defines each figure.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from bench import newcomers, openloop
from bench.caught_up import wait_until_read
from bench.footprint import Footprint
from bench.machine import machine, today, versions
from bench.parts import process, running, say, topics, upwell_worker
from bench.profiled import START, STOP, summary
from bench.ready import wait_ready
from bench.sustained import highest_rate
from bench.synthetic import catalogue
from bench.wire import Sender
from streams.local.process import Child
from streams.settings import Settings
from streams.topics import Topic

_ENCODED_WITHIN_S = 600.0
_P99_BELOW_MS = 1000.0
_CEILING = 20_000.0
_PROFILE_WITHIN_S = 20.0
_BURST_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is measured on what. `sustained_seconds` 0 leaves the search for the highest rate out."""

    rate: float = 500.0
    seconds: float = 30.0
    items: int = 10_000
    users: int = 2_000
    warm_per_user: int = 5
    new_items_per_s: float = 1.0
    sustained_seconds: float = 60.0
    skew: float = 0.0
    profile: str | None = None


def measure(sizes: Sizes) -> dict[str, object]:
    """The whole measurement, as the JSON that `python -m bench freshness` prints."""
    before = machine()
    with running() as parts:
        settings = parts.settings("freshness", web_port=0)
        topics(settings)
        settings.home.mkdir(parents=True, exist_ok=True)
        argv, environment = upwell_worker(settings)
        if sizes.profile is not None:
            argv = (sys.executable, "-m", "bench.profiled", sizes.profile)
        with process("worker", argv, settings.home, environment) as worker:
            catalogue_s = _bring_in_catalogue(worker, settings, sizes.items)
            wait_ready(worker, _plan(settings, sizes, "probe", 3, 0))
            say(f"warming {sizes.users} users")
            warm = openloop.run(_plan(settings, sizes, "warm", sizes.users * sizes.warm_per_user, 0))
            say(f"{sizes.rate:.0f} events/s for {sizes.seconds:.0f} s, {sizes.new_items_per_s:.0f} new items/s")
            with Footprint({**parts.pids, "worker": worker.pid}) as cost, _profiling(worker, sizes.profile) as profile:
                behaviour, content = _both(settings, sizes)
            sustained = _sustained(worker, settings, sizes) if sizes.sustained_seconds else None
    return {
        "behaviour_to_list_ms": behaviour.latency_ms,
        "content_to_recommendable_ms": content.latency_ms,
        "sustained_events_per_s": sustained,
        "parts": cost.parts(),
        "catalogue_items_per_s": round(sizes.items / catalogue_s, 1),
        "behaviour": msgspec.to_builtins(behaviour),
        "content": msgspec.to_builtins(content),
        "warm": msgspec.to_builtins(warm),
        **({"profile": profile} if sizes.profile else {}),
        "parameters": asdict(sizes),
        "machine": before,
        "versions": versions(),
        "date": today(),
    }


@contextmanager
def _profiling(worker: Child, file: str | None) -> Iterator[dict[str, object]]:
    """Has the worker sample itself during the block; the dict is filled at its end."""
    shares: dict[str, object] = {}
    if file is None:
        yield shares
        return
    stacks = Path(file)
    stacks.unlink(missing_ok=True)
    os.kill(worker.pid, START)
    yield shares
    os.kill(worker.pid, STOP)
    deadline = time.monotonic() + _PROFILE_WITHIN_S
    while not stacks.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the worker wrote no profile to {file} within {_PROFILE_WITHIN_S:.0f} s")
        time.sleep(0.1)
    shares.update(summary(stacks.read_text(encoding="utf-8").splitlines()))


def _bring_in_catalogue(worker: Child, settings: Settings, items: int) -> float:
    """Publish the catalogue and wait until it is encoded and indexed; seconds it took from the first event."""
    say(f"publishing {items} items; encoding them takes a while")
    start = time.monotonic()
    sender = Sender(settings.kafka)
    for event in catalogue(items, seed=1, now=time.time()):
        topic = Topic.CONTENT.under(settings.topic_prefix)
        sender.send(topic, event.item_id, msgspec.json.encode(event), at=time.time())
    sender.flush()
    for stage in (Topic.CONTENT, Topic.ITEMS):
        wait_until_read(worker, settings, stage, _ENCODED_WITHIN_S)
    return time.monotonic() - start


def _both(settings: Settings, sizes: Sizes) -> tuple[openloop.Outcome, newcomers.Outcome]:
    """Behaviour and new content at the same time, each from a process of its own."""
    plan = newcomers.Plan(
        bootstrap=settings.kafka,
        prefix=settings.topic_prefix,
        run="new",
        items=max(1, int(sizes.new_items_per_s * sizes.seconds)),
        rate=sizes.new_items_per_s,
    )
    events = int(sizes.rate * sizes.seconds)
    with ThreadPoolExecutor(2) as threads:
        behaviour = threads.submit(openloop.run, _plan(settings, sizes, "measured", events, sizes.rate))
        content = threads.submit(newcomers.run, plan)
        return behaviour.result(), content.result()


def _sustained(worker: Child, settings: Settings, sizes: Sizes) -> float | None:
    tried = 0

    def attempt(rate: float, seconds: float) -> openloop.Outcome:
        nonlocal tried
        tried += 1
        wait_until_read(worker, settings, Topic.BEHAVIOUR, _BURST_WITHIN_S)  # what the try before left
        outcome = openloop.run(_plan(settings, sizes, f"held-{tried}", int(rate * seconds), rate))
        p99 = outcome.latency_ms["p99"]
        say(f"{rate:.0f} events/s for {seconds:.0f} s: p99 {p99} ms, {outcome.unanswered} unanswered")
        return outcome

    return highest_rate(
        attempt, start=sizes.rate, seconds=sizes.sustained_seconds, p99_below_ms=_P99_BELOW_MS, ceiling=_CEILING
    )


def _plan(settings: Settings, sizes: Sizes, run: str, events: int, rate: float) -> openloop.Plan:
    return openloop.Plan(
        bootstrap=settings.kafka,
        prefix=settings.topic_prefix,
        run=run,
        events=events,
        rate=rate,
        users=sizes.users,
        items=sizes.items,
        skew=sizes.skew,
        grace_s=30.0 if rate else _BURST_WITHIN_S,
    )
