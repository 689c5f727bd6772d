"""The coordinator, killed before or after anything it sends: the next one ends the upgrade all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import count
from typing import Any, cast

import msgspec
import numpy as np
import pytest
from core_builders import encoded

from encoders.dummy import VERSION
from streams.adapters.clock import ManualClock
from streams.adapters.dummy_encoder import DummyItemEncoder, DummyVersions
from streams.adapters.media import HttpMediaFetcher
from streams.adapters.memory_index import MemoryIndex
from streams.agents.collections import Collections
from streams.agents.encoding import Media
from streams.core.catalogue import Catalogue
from streams.core.content import media_hash
from streams.core.tuning import Tuning
from streams.engine.batches import Record
from streams.events import (
    ContentEvent,
    EncodedItem,
    EncoderCommand,
    EncoderOperation,
    EncoderPhase,
    EncoderState,
    UpgradeOptions,
)
from streams.ports.item_encoder import EncoderUnavailable, Encoding, MediaItem
from streams.ports.vector_index import IndexedItem
from streams.settings import Settings
from streams.topics import Topic
from streams.upgrade import completion, coordinator
from streams.upgrade.completion import Completion
from streams.upgrade.coordinator import Coordinator, Views
from streams.upgrade.fill import Filler
from streams.upgrade.topic_log import LogRecord
from streams.views.encoders import EncodersView
from streams.views.follower import Entry, Follower
from streams.views.vectors import VectorsView

NEXT = "dummy-next"
WITHIN_S = 30.0
ITEMS = 20


class Killed(Exception):
    """The worker dies here."""


class UpToDate:
    """A follower that has always read everything."""

    async def ends(self) -> dict[str, int]:
        return {"0": 0}

    def has_read(self, ends: Mapping[str, int]) -> bool:
        return True

    async def until_read(self, ends: Mapping[str, int]) -> None:
        """It has."""


class Kafka:
    """Topics of one partition in memory, with the views that follow them; what outlives a worker."""

    def __init__(self) -> None:
        self.catalogue = Catalogue(Tuning())
        self.encoders = EncodersView()
        self.vectors = VectorsView(self.catalogue)
        self.index = MemoryIndex(ManualClock())
        self.items: dict[str, EncodedItem] = {}
        self.topics: dict[Topic, list[LogRecord]] = {topic: [] for topic in Topic}
        self.phases: list[tuple[EncoderPhase, str]] = []
        for n in range(ITEMS):
            event = ContentEvent(f"item-{n}", title=f"word{n}")
            item = msgspec.structs.replace(
                encoded(event.item_id, version=VERSION), media_hash=media_hash(event), source_offset=n
            )
            self.items[event.item_id] = item
            self.catalogue.upsert(item)
            self.topics[Topic.CONTENT].append(LogRecord(event.item_id.encode(), msgspec.json.encode(event)))
        self.catalogue.keep(VERSION)

    async def fill_index(self) -> None:
        """The collection of the version in use, as INDEX has left it."""
        door = self.index.sibling()
        await door.ensure(256, VERSION)
        await door.upsert([IndexedItem(item_id, np.full(256, 1 / 16, np.float32)) for item_id in self.items])

    def add(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        self.topics[topic].append(LogRecord(key, value))
        entries = [Entry(key, value, 0, len(self.topics[topic]), 0.0)]
        if topic is Topic.VECTORS:
            self.vectors.apply(entries)
        else:
            self.encoders.apply(entries)
            state = self.state
            self.phases.append((state.phase, state.active))
            others = () if state.standby is None or state.phase is EncoderPhase.RETIRING else (state.standby,)
            self.catalogue.keep(state.active, *others)

    @property
    def state(self) -> EncoderState:
        assert self.encoders.state is not None
        return self.encoders.state


class Reading:
    """One topic, from anywhere."""

    def __init__(self, kafka: Kafka, topic: Topic) -> None:
        self._records = kafka.topics[topic]

    async def read(self, starts: Mapping[int, int] | None = None) -> AsyncIterator[Sequence[LogRecord]]:
        yield list(self._records[(starts or {}).get(0, 0) :])


class Outbox:
    """Sends to `kafka`, and dies at the flush of this number: before it, or (`after`) once all was sent."""

    stale = True

    def __init__(self, kafka: Kafka, dies_at: int = 0, *, after: bool = False) -> None:
        self._kafka = kafka
        self._collected: list[tuple[Topic, bytes, bytes | None]] = []
        self._left = dies_at
        self._after = after

    def begin(self) -> None:
        self.stale = False

    def send(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        self._collected.append((topic, key, value))

    async def flush(self) -> bool:
        collected, self._collected = self._collected, []
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        for record in collected:
            self._kafka.add(*record)
        if self._left == 0:
            raise Killed
        return True


class Worker:
    """A coordinator with parts of its own, as a process that has just come to lead."""

    encoder = DummyItemEncoder

    def __init__(self, kafka: Kafka, outbox: Outbox) -> None:
        self.kafka = kafka
        self.collections = Collections(kafka.index)
        follower = cast("Follower", UpToDate())
        filler = Filler(
            catalogue=kafka.catalogue,
            encoded=kafka.items.get,
            content=Reading(kafka, Topic.CONTENT),
            media=Media(HttpMediaFetcher(Settings())),
            sending=outbox,
            max_event_bytes=10_000,
            slow_after_s=5.0,
        )
        self.completion = Completion(
            filler,
            catalogue=kafka.catalogue,
            collections=self.collections,
            vectors=follower,
            encoder=lambda: self.encoder(self._standby()),
        )
        self.coordinator = Coordinator(
            "s",
            views=Views(kafka.encoders, follower, follower),
            catalogue=kafka.catalogue,
            collections=self.collections,
            beside=[],
            completion=self.completion,
            versions=DummyVersions(),
            vectors=Reading(kafka, Topic.VECTORS),
            sending=outbox,
            refuse=_refuse,
            clock=ManualClock(),
            holds=lambda: True,
            slow_after_s=5.0,
        )

    def _standby(self) -> str | None:
        return None if self.kafka.encoders.state is None else self.kafka.state.standby

    async def until(self, holds: Callable[[], bool]) -> None:
        """Goes on step by step, opening collections as Follow does."""
        deadline = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < deadline, f"not so within {WITHIN_S} s: {self.kafka.state}"
            for version in self.kafka.catalogue.kept:
                if self.collections.door(version) is None and not self._preparing():
                    await self.collections.open(version, 256)
            await self.coordinator.step()
            await asyncio.sleep(0.001)

    def _preparing(self) -> bool:
        return self._standby() is not None and self.kafka.state.phase is EncoderPhase.PREPARING


def _refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("nothing is refused")


def order(operation: EncoderOperation, version: str | None = None) -> list[Record]:
    options = UpgradeOptions(items_per_s=1e6, shadow_s=0.0)
    command = EncoderCommand("s", f"{operation}-{version}", operation, 0.0, version, options)
    return [Record(b"s", msgspec.json.encode(command), "encoder-commands", 0, 0, 0.0)]


async def led(kafka: Kafka, outbox: Outbox, records: list[Record], holds: Callable[[EncoderState], bool]) -> None:
    """A worker comes to lead, is handed the command (again), and goes on until the state is as wanted."""
    worker = Worker(kafka, outbox)
    try:
        await worker.collections.open(VERSION, 256)
        await worker.coordinator.handle(records)
        await worker.until(lambda: kafka.encoders.state is not None and holds(kafka.state))
    finally:
        await worker.completion.stop()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "_LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(coordinator, "_SETTLE_S", 0.0)


def kept(state: EncoderState) -> bool:
    return (state.phase, state.active) == (EncoderPhase.KEPT, NEXT)


def steady(state: EncoderState) -> bool:
    return (state.phase, state.active) == (EncoderPhase.STEADY, NEXT)


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_anything_it_sends_it_is_ended_by_the_next(after: bool) -> None:
    for dies_at in count(1):
        kafka, deaths = Kafka(), 0
        await kafka.fill_index()
        for records, holds in (
            (order(EncoderOperation.UPGRADE, NEXT), kept),
            (order(EncoderOperation.RETIRE), steady),
        ):
            try:
                await led(kafka, Outbox(kafka, dies_at, after=after), records, holds)
            except Killed:
                deaths += 1
                await led(kafka, Outbox(kafka), records, holds)
            if holds is kept:
                assert kafka.catalogue.lacking(NEXT) == []
                door = kafka.index.sibling()
                await door.ensure(256, NEXT, alias=False)
                assert await door.item_ids() == set(kafka.items)
        old = kafka.index.sibling()
        await old.ensure(256, VERSION, alias=False)
        assert await old.count() == 0, "nothing is left of the old version"
        assert await kafka.index.aliased() == NEXT
        assert {active for _, active in kafka.phases} == {VERSION, NEXT}
        if not deaths:
            assert dies_at > 5, "it must have died at every kind of step"
            return


async def test_a_rollback_swaps_back_and_forth_at_once() -> None:
    kafka = Kafka()
    await led(kafka, Outbox(kafka), order(EncoderOperation.UPGRADE, NEXT), kept)
    worker = Worker(kafka, Outbox(kafka))
    await worker.collections.open(VERSION, 256)
    await worker.collections.open(NEXT, 256)
    await worker.coordinator.handle(order(EncoderOperation.ROLLBACK))
    assert (kafka.state.phase, kafka.state.active, kafka.state.standby) == (EncoderPhase.KEPT, VERSION, NEXT)
    await worker.coordinator.step()
    assert await kafka.index.aliased() == VERSION


async def test_a_version_that_nobody_has_is_given_up_and_the_stream_goes_on() -> None:
    kafka = Kafka()
    await led(kafka, Outbox(kafka), order(EncoderOperation.UPGRADE, "nobody-1"), lambda state: bool(state.problem))
    assert kafka.state.active == VERSION
    assert kafka.state.phase is EncoderPhase.RETIRING
    assert "dummy-" in kafka.state.problem
    await led(kafka, Outbox(kafka), [], lambda state: state.phase is EncoderPhase.STEADY)
    assert "dummy-" in kafka.state.problem, "whoever asked can still read why"


class Away(DummyItemEncoder):
    """Never answers."""

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        raise EncoderUnavailable("away, says the test")


async def test_an_encoder_that_does_not_answer_is_told_as_what_it_waits_for() -> None:
    kafka = Kafka()
    worker = Worker(kafka, Outbox(kafka))
    worker.encoder = Away
    await worker.collections.open(VERSION, 256)
    await worker.coordinator.handle(order(EncoderOperation.UPGRADE, NEXT))
    with pytest.raises(EncoderUnavailable, match=f"waits for the encoder {NEXT}"):
        await worker.until(lambda: kafka.state.phase is EncoderPhase.KEPT)
    assert kafka.state.phase is EncoderPhase.FILLING, "lists go on with the version in use"
    await worker.completion.stop()
