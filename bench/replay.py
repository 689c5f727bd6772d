"""The agents that make lists, without Kafka and Milvus: CPU per event by agent and batch size, and a digest of what
they sent.

Two trees whose digests are equal made the same lists and statistics to the last byte: what was made faster is still
the same. CPU time of this process is counted, so the figures hold on a busy machine better than the clock's do.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b

# Before numpy loads: one core is what is measured.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np

from bench.machine import machine, today, versions
from bench.synthetic import Population, catalogue, subject_of
from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.agents.common import Record
from streams.agents.lists import ListMaker, Sight
from streams.agents.live import LiveQuality
from streams.agents.profile import ProfileAgent
from streams.agents.search import InterestSearch
from streams.agents.statistics import StatisticsAgent
from streams.agents.teaching import Teaching
from streams.core.intake import Rejection
from streams.core.learning.ranker import LearnedRanker
from streams.core.recommend import World
from streams.core.tuning import Tuning
from streams.core.vectors import wire_bytes
from streams.engine.batches import Record as Consumed
from streams.events import ContentEvent, EncodedItem, ItemCard
from streams.ports.vector_index import Hit, IndexedItem, Vectors
from streams.settings import Settings
from streams.topics import Topic
from streams.views.follower import Entry
from streams.views.statistics import StatisticsFeed

_NOW = 1_700_000_000.0
_EVERY_S = 0.002  # between events, as at 500 a second
_SIGNALS = 250  # counted together, half a second's
_FOLLOWED = 16  # records a follower applies at once
_SPREAD = 0.9  # of an item around its subject


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is replayed on what: `warm` events go in before the measured ones, all in batches of `batch`."""

    batch: int = 10
    events: int = 2_000
    warm: int = 5_000
    items: int = 4_000
    users: int = 1_000
    dimension: int = 512


class _Table:
    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}

    def get(self, key: bytes, partition: int | None = None) -> bytes | None:
        return self._values.get(key)

    def set(self, key: bytes, value: bytes, partition: int) -> None:
        self._values[key] = value

    def delete(self, key: bytes, partition: int) -> None:
        self._values.pop(key, None)


class _FreeIndex(MemoryIndex):
    """Its own time is not the agents': a server would spend it."""

    spent_s = 0.0

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        start = time.process_time()
        hits = await super().search(vectors, k)
        self.spent_s += time.process_time() - start
        return hits


@dataclass
class _Stage:
    """A worker's agents by themselves; `sent` is emptied by whoever reads it."""

    sizes: Sizes
    clock: ManualClock
    sent: defaultdict[Topic, list[tuple[bytes, bytes]]] = field(default_factory=lambda: defaultdict(list))
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    per_batch: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        tuning, settings = Tuning(), Settings()
        ranker = LearnedRanker()
        self.world = replace(World.empty(tuning), ranker=ranker)
        teaching = Teaching(ranker)
        self.index = _FreeIndex(self.clock)
        search = InterestSearch(
            lambda _: self.index,
            self.clock,
            k=tuning.interest_candidates,
            reuse_cosine=settings.search_reuse_cosine,
            fresh_items=tuning.fresh_items,
        )
        sight = Sight(self.sizes.items, 0)
        self.profile = ProfileAgent(
            profiles=_Table(),
            lists=ListMaker(self.world, search, lambda: sight, self.clock, teaching),
            live=LiveQuality(self.world),
            teaching=teaching,
            epoch=lambda: 1,
            emit=self._emit,
            refuse=_refuse,
            clock=self.clock,
            tuning=tuning,
            max_event_bytes=settings.max_event_bytes,
        )
        self.statistics = StatisticsAgent(statistics=_Table(), emit=self._emit, refuse=_refuse, tuning=tuning)
        self.feed = StatisticsFeed(self.world.statistics)

    def _emit(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        self.sent[topic].append((key, value or b""))

    async def open(self) -> None:
        """Brings in the catalogue."""
        random = np.random.default_rng(7)
        subjects = random.normal(size=(40, self.sizes.dimension))
        await self.index.ensure(self.sizes.dimension, "replay")
        for number, event in enumerate(catalogue(self.sizes.items, seed=1, now=_NOW)):
            near = subjects[subject_of(number)] + _SPREAD * random.normal(size=self.sizes.dimension)
            vector = (near / np.linalg.norm(near)).astype(np.float32)
            self.world.catalogue.upsert(_encoded(event, number, vector))
            await self.index.upsert([IndexedItem(event.item_id, vector)])

    async def play(self, records: Iterator[Record], events: int) -> list[bytes]:
        """Everything sent, in order."""
        told: list[bytes] = []
        for _ in range(0, events, self.sizes.batch):
            batch = [next(records) for _ in range(self.sizes.batch)]
            self.clock.time = batch[-1].timestamp
            free, start = self.index.spent_s, time.process_time()
            await self.profile.handle(batch)
            took = time.process_time() - start - (self.index.spent_s - free)
            self.spent["profile"] += took
            self.per_batch.append(took / self.sizes.batch)
            told += [value for _, value in self.sent.pop(Topic.RECOMMENDATIONS, [])]
            if len(self.sent[Topic.SIGNALS]) >= _SIGNALS:
                told += await self._count()
        return told

    async def _count(self) -> list[bytes]:
        signals = [
            Consumed(key, value, Topic.SIGNALS, 0, offset, self.clock.now())
            for offset, (key, value) in enumerate(self.sent.pop(Topic.SIGNALS))
        ]
        start = time.process_time()
        await self.statistics.handle(signals)
        counted = time.process_time()
        published = self.sent.pop(Topic.ITEM_STATISTICS)
        for at in range(0, len(published), _FOLLOWED):
            self.feed.apply([Entry(*one, 0, 0, self.clock.now()) for one in published[at : at + _FOLLOWED]])
        self.spent["statistics"] += counted - start
        self.spent["following statistics"] += time.process_time() - counted
        return [value for _, value in published]


async def measure(sizes: Sizes) -> dict[str, object]:
    """The report that `python -m bench replay` prints."""
    before = machine()
    stage = _Stage(sizes, ManualClock(_NOW))
    await stage.open()
    records = _records(sizes)
    digest = blake2b(digest_size=8)
    for value in await stage.play(records, sizes.warm):
        digest.update(value)
    stage.spent.clear()
    stage.per_batch.clear()
    for value in await stage.play(records, sizes.events):
        digest.update(value)
    return {
        "cpu_us_per_event": {name: round(1e6 * s / sizes.events) for name, s in stage.spent.items()},
        "cpu_us_per_event_quartiles": [round(1e6 * float(q)) for q in np.quantile(stage.per_batch, (0.25, 0.5, 0.75))],
        "digest": digest.hexdigest(),
        "parameters": asdict(sizes),
        "machine": before,
        "versions": versions(),
        "date": today(),
    }


def _records(sizes: Sizes) -> Iterator[Record]:
    for offset, event in enumerate(Population(sizes.users, sizes.items, seed=1).events(run="replay")):
        at = _NOW + offset * _EVERY_S
        value = msgspec.json.encode(msgspec.structs.replace(event, occurred_at=at))
        yield Consumed(event.user_id.encode(), value, Topic.BEHAVIOUR, 0, offset, at)


def _encoded(event: ContentEvent, number: int, vector: Vectors) -> EncodedItem:
    card = ItemCard(
        event.item_id, event.title or "", tags=event.tags, creator=event.creator, published_at=event.published_at
    )
    return EncodedItem(card, wire_bytes(vector), ("text",), "replay", str(number), str(number), 0, number, _NOW, _NOW)


def _refuse(record: Record, stage: str, rejection: Rejection, attempts: int = 1) -> None:
    raise RuntimeError(f"{stage} refused offset {record.offset}: {rejection.message}")
