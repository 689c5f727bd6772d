"""The core alone on one core, without Kafka, Milvus or Triton: lists per second, bytes of state.

    python -m bench.core speed --json

CPU time of this process is counted, not the clock: the figures hold on a busy machine.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from dataclasses import replace
from typing import Annotated

# Before numpy loads: a matrix product over two busy cores is slower than on one, and "one core" is what is measured.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np
import typer

from streams.core import profile_wire
from streams.core.candidates.base import Hits
from streams.core.learning.lessons import Lessons
from streams.core.learning.ranker import LearnedRanker
from streams.core.lists import written_all
from streams.core.profile import EMPTY, Arrival, Profile, fold, signal_of
from streams.core.recommend import Ask, World, fresh_scores, plan, rank_all
from streams.core.statistics import ItemCounters
from streams.core.tuning import Tuning
from streams.core.vectors import wire_bytes
from streams.events import Action, BehaviourEvent, EncodedItem, ItemCard, Lineage

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NOW = 1_700_000_000.0


@app.callback()
def _named() -> None:
    """Keeps `speed` a word of the command line while it is the only one."""


@app.command()
def speed(  # noqa: PLR0917 - one option per argument
    items: int = 10_000,
    users: int = 2_000,
    warm: Annotated[int, typer.Option(help="Events folded before the measured ones.")] = 60_000,
    events: Annotated[int, typer.Option(help="Measured events, one list each.")] = 2_000,
    batch: Annotated[int, typer.Option(help="Users per micro-batch.")] = 4,
    dimension: int = 512,
    as_json: Json = False,
) -> None:
    """CPU per event by step, and bytes of state, on synthetic items in 40 topics and users of 3 topics each."""
    _print(_speed(items, users, warm, events, batch, dimension), as_json)


def _speed(  # noqa: PLR0915, PLR0917 - one experiment, told from start to end
    items: int, users: int, warm: int, events: int, batch: int, dimension: int
) -> dict[str, object]:
    random = np.random.default_rng(7)
    tuning = Tuning()
    ranker = LearnedRanker()
    lessons = Lessons()
    world = replace(World.empty(tuning), ranker=ranker)
    topics = random.normal(size=(40, dimension))
    for n in range(items):
        world.catalogue.upsert(_item(n, topics[n % 40] + 0.7 * random.normal(size=dimension)))
    matrix = world.catalogue.vectors(world.catalogue.live())
    taste = random.integers(40, size=(users, 3))
    profiles: defaultdict[int, Profile] = defaultdict(lambda: EMPTY)
    counters: dict[int, ItemCounters] = {}
    tables: dict[int, bytes] = {}
    spent: defaultdict[str, float] = defaultdict(float)

    def next_arrival(n: int) -> tuple[int, int, Arrival]:
        user = int(random.integers(users))
        item = int(min(random.zipf(1.3), items // 40 - 1)) * 40 + int(random.choice(taste[user]))
        event = BehaviourEvent(f"event-{n}", f"user-{user}", f"item-{item}", Action.LIKE, NOW + n / 100)
        return user, item, Arrival(event, 1, 0, n)

    for n in range(warm):
        user, item, arrival = next_arrival(n)
        profiles[user], _ = fold(profiles[user], [arrival], tuning)
        counter = counters.get(item) or counters.setdefault(item, ItemCounters.empty(f"item-{item}", tuning))
        counter.count([signal_of(profiles[user], arrival, tuning)], tuning)
    for counter in counters.values():
        world.statistics.apply(counter.publish(tuning))
    tables = {user: profile_wire.to_bytes(profile) for user, profile in profiles.items()}

    for start in range(warm, warm + events, batch):
        came = [next_arrival(n) for n in range(start, start + batch)]
        clock = time.process_time()

        def lap(step: str) -> None:
            nonlocal clock
            now = time.process_time()
            spent[step] += now - clock
            clock = now

        _ = [profile_wire.from_bytes(tables[user]) for user, _, _ in came if user in tables]
        lap("decode")
        taught = [lessons.made_of(f"user-{user}", arrival.event.item_id) for user, _, arrival in came]
        for lesson in taught:
            if lesson is not None:
                ranker.learn(lesson)
        lap("learning")
        folded = [fold(profiles[user], [arrival], tuning)[0] for user, _, arrival in came]
        signals = [signal_of(profile, one[2], tuning) for profile, one in zip(folded, came, strict=True)]
        lap("fold and signal")
        _ = [profile_wire.to_bytes(profile) for profile in folded] + [msgspec.json.encode(s) for s in signals]
        lap("encode")
        plans = [plan(profile, world) for profile in folded]
        lap("interests")
        hits = [_hits(made.vectors(), matrix, tuning.interest_candidates) for made in plans]
        clock = time.process_time()
        fresh = fresh_scores(plans, world)
        lap("fresh search")
        asks = [Ask(f"user-{u}", "behaviour", Lineage(0, a.offset), NOW + start / 100) for u, _, a in came]
        rankings = rank_all(plans, hits, asks, world, fresh)
        lap("candidates, ranking, places")
        for one, ranking in zip(asks, rankings, strict=True):
            lessons.note(one.user_id, ranking)
        lap("remembering candidates")
        _ = [msgspec.json.encode(one) for one in written_all(rankings, asks, world)]
        lap("reasons and list")
        profiles.update({user: profile for (user, _, _), profile in zip(came, folded, strict=True)})

    sizes = sorted(len(raw) for raw in tables.values())
    states = sorted(len(counter.to_bytes()) for counter in counters.values())
    total = sum(spent.values())
    return {
        "events": events,
        "lessons": ranker.state.lessons,
        "cpu_us_per_event": {step: round(1e6 * s / events) for step, s in spent.items()},
        "cpu_us_per_event_total": round(1e6 * total / events),
        "events_per_second_per_core": round(events / total),
        "bytes_per_user": {"median": sizes[len(sizes) // 2], "largest": sizes[-1]},
        "bytes_per_item_statistics": {"median": states[len(states) // 2], "largest": states[-1]},
        "acts_per_user": round(warm / users, 1),
    }


def _item(n: int, vector: np.ndarray[tuple[int], np.dtype[np.float64]]) -> EncodedItem:
    card = ItemCard(f"item-{n}", f"Item {n}", tags=(f"topic {n % 40}", f"kind {n % 7}"), creator=f"creator {n % 500}")
    raw = wire_bytes(vector / np.linalg.norm(vector))
    return EncodedItem(card, raw, ("text",), "bench", "", "", 0, n, NOW - n, NOW - n)


def _hits(
    vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    most: int,
) -> list[Hits]:
    answers = []
    for vector in vectors:
        cosines = matrix @ vector
        best = np.argpartition(-cosines, most)[:most]
        best = best[np.argsort(-cosines[best])]
        answers.append(Hits([f"item-{n}" for n in best.tolist()], cosines[best]))
    return answers


def _print(report: dict[str, object], as_json: bool) -> None:
    typer.echo(json.dumps(report, indent=2) if as_json else "\n".join(f"{k}: {v}" for k, v in report.items()))


if __name__ == "__main__":
    app()
