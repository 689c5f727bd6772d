"""Runs Upwell and its peers one after another under the same load, on the same parts, and compares them.

For each: its own topics, the same encoded catalogue, the same events. First the profiles are warmed, then a burst of
`backlog` events arrives at once and the time until every event is answered by a list gives events/s (the median of
`repeats`), then `rate` events/s for `seconds` give the latency.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from bench import openloop
from bench.encoded import EncodedCatalogue, encode
from bench.footprint import Footprint
from bench.machine import machine, today, versions
from bench.parts import Parts, process, running, say, topics, upwell_worker
from bench.peers.setting import Setting
from bench.ready import wait_ready
from streams.adapters.encoder_choice import make_item_encoder
from streams.settings import Settings

NAMES = ("loop", "quix", "upwell")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything: five minutes or so on two free cores, nearly half of them Quix Streams'."""

    items: int = 10_000
    users: int = 2_000
    backlog: int = 5_000
    warm_per_user: int = 3
    rate: float = 200.0
    seconds: float = 15.0
    repeats: int = 3
    skew: float = 0.0


def compare(sizes: Sizes, names: tuple[str, ...] = NAMES) -> dict[str, object]:
    """The whole comparison on real parts, as the JSON that `python -m bench peers` prints."""
    before = machine()
    with running() as parts:
        say(f"encoding {sizes.items} items once, for all")
        encoded = asyncio.run(_encoded_by_triton(parts.settings("encode"), sizes.items))
        results = {name: contest(parts, name, encoded, sizes) for name in names}
    report: dict[str, object] = dict(results)
    for name in ("loop", "quix"):
        if name in results and "upwell" in results:
            ours, theirs = results["upwell"]["events_per_s"], results[name]["events_per_s"]
            report[f"ratio_{name}"] = round(ours / theirs, 2) if theirs else None  # type: ignore[operator]  # both are floats
    parameters = {name: getattr(sizes, name) for name in sizes.__slots__}
    return {**report, "parameters": parameters, "machine": before, "versions": versions(), "date": today()}


async def _encoded_by_triton(settings: Settings, items: int) -> EncodedCatalogue:
    encoder = make_item_encoder(settings)
    try:
        if not await encoder.ready():
            raise RuntimeError(f"the encoder at {settings.triton} is not ready; run `make setup` to export the models")
        return await encode(encoder, items)
    finally:
        await encoder.close()


def contest(parts: Parts, name: str, encoded: EncodedCatalogue, sizes: Sizes) -> dict[str, object]:
    """One contestant under the load."""
    settings = parts.settings(name, web_port=0)
    topics(settings)
    encoded.publish(settings)
    argv, environment = command(parts, name, settings, encoded.vectors.shape[1])
    settings.home.mkdir(parents=True, exist_ok=True)
    with process(name, argv, settings.home, environment) as worker:
        say(f"{name}: waiting for its first list")
        wait_ready(worker, plan(settings, sizes, "probe", 3, 0))
        say(f"{name}: warming {sizes.users} users")
        warm = openloop.run(plan(settings, sizes, "warm", sizes.users * sizes.warm_per_user, 0))
        drains = []
        with Footprint({**parts.pids, "worker": worker.pid}) as cost:
            for turn in range(sizes.repeats):
                drains.append(openloop.run(plan(settings, sizes, f"drain-{turn}", sizes.backlog, 0)))
                say(f"{name}: {drains[-1].answered_per_s:.0f} events/s")
        paced = openloop.run(plan(settings, sizes, "paced", int(sizes.rate * sizes.seconds), sizes.rate))
        say(f"{name}: p99 {paced.latency_ms['p99']} ms at {sizes.rate:.0f} events/s")
    return {
        "events_per_s": statistics.median(drain.answered_per_s for drain in drains),
        "p50_ms": paced.latency_ms["p50"],
        "p99_ms": paced.latency_ms["p99"],
        "drains_events_per_s": [drain.answered_per_s for drain in drains],
        "lists_per_event": round(sum(d.lists for d in drains) / (sizes.backlog * sizes.repeats), 3),
        "places_mean": paced.places_mean,
        "degraded_lists": paced.degraded_lists,
        "unanswered": warm.unanswered + sum(drain.unanswered for drain in drains) + paced.unanswered,
        "drain_parts": cost.parts(),
    }


def plan(
    settings: Settings, sizes: Sizes, run: str, events: int, rate: float, *, grace_s: float = 60.0
) -> openloop.Plan:
    """The same seeds for everyone, so the same events in the same order."""
    return openloop.Plan(
        bootstrap=settings.kafka,
        prefix=settings.topic_prefix,
        run=run,
        events=events,
        rate=rate,
        users=sizes.users,
        items=sizes.items,
        skew=sizes.skew,
        grace_s=grace_s,
    )


def command(parts: Parts, name: str, settings: Settings, dimension: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """How a contestant is started: argv and additional environment."""
    if name == "upwell":
        return upwell_worker(settings)
    setting = Setting(
        bootstrap=parts.kafka,
        prefix=settings.topic_prefix,
        group=settings.app_id,
        state=str(settings.home / "state"),
        dimension=dimension,
        partitions=settings.partitions,
        milvus=parts.milvus,
        triton=parts.triton,
    )
    return (sys.executable, "-m", f"bench.peers.{name}", msgspec.json.encode(setting).decode()), {}
