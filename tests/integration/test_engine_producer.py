"""Mend L on a real broker: what waits in the producer while a worker is away is not written when it comes back."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from faust.transport.drivers.aiokafka import Producer as FaustProducer
from kit.reader import Reader

from streams.admin import open_admin
from streams.engine.app import EngineApp, make_app
from streams.engine.mends.producer import LeaseLost
from streams.engine.outbox import Outbox
from streams.settings import Settings


class Worker:
    """An app whose producer is real, and whose place in the group the test decides."""

    def __init__(self, kafka: str, home: Path) -> None:
        self.kafka = kafka
        self.topic = f"fence-{uuid.uuid4().hex[:8]}"
        with open_admin(kafka) as admin:
            admin.create_topics({self.topic: {"num_partitions": 1, "replication_factor": 1}})
            admin.wait_for_topics([self.topic], timeout_ms=20_000)
        self.app: EngineApp = make_app(Settings(kafka=kafka, home=home, app_id=self.topic))
        self.place: Any = SimpleNamespace(holds_lease=True, revoked_at=0.0)
        self.app._consumer = self.place

    @property
    def producer(self) -> AIOKafkaProducer:
        return self.app.producer._ensure_producer()

    def written(self) -> list[bytes | None]:
        reader = Reader(self.kafka)
        try:
            return [value for _, value in reader.read(self.topic)]
        finally:
            reader.close()


@pytest.fixture
async def worker(kafka: str, tmp_path: Path) -> AsyncIterator[Worker]:
    worker = Worker(kafka, tmp_path)
    await worker.app.producer.start()
    await worker.producer.send_and_wait(worker.topic, b"first")  # connections and metadata are there after this
    yield worker
    await worker.app.producer.stop()


async def test_a_record_is_not_written_once_the_lease_has_ended(worker: Worker) -> None:
    waiting = await worker.producer.send(worker.topic, b"late")
    worker.place.holds_lease = False  # the worker is frozen before its sender's next turn
    with pytest.raises(LeaseLost):
        await waiting
    assert worker.written() == [b"first"]


async def test_a_record_of_before_the_last_revocation_is_not_written_under_the_new_lease(worker: Worker) -> None:
    waiting = await worker.producer.send(worker.topic, b"late")
    worker.place.revoked_at = time.monotonic()
    with pytest.raises(LeaseLost):
        await waiting
    await worker.producer.send_and_wait(worker.topic, b"second")
    assert worker.written() == [b"first", b"second"]


async def test_faust_writes_it(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(worker.app.producer), "_new_producer", FaustProducer._new_producer)
    producer = worker.app.producer._new_producer()
    await producer.start()
    try:
        await producer.send_and_wait(worker.topic, b"second")
        waiting = await producer.send(worker.topic, b"late")
        worker.place.holds_lease = False
        await waiting
    finally:
        await producer.stop()
    assert worker.written() == [b"first", b"second", b"late"]


async def test_what_a_batch_has_sent_goes_out_once_when_the_group_takes_the_worker_back(worker: Worker) -> None:
    _, flushing = await _handed_over(worker, b"kept")
    worker.place.holds_lease = False
    await asyncio.wait([flushing], timeout=0.2)  # long enough for the sender's turn; more only strengthens the test
    assert not flushing.done()
    worker.place.holds_lease = True
    await flushing
    assert worker.written() == [b"first", b"kept"]


async def test_what_a_batch_has_sent_is_dropped_when_another_worker_has_its_partitions(worker: Worker) -> None:
    batch, flushing = await _handed_over(worker, b"late")
    batch.stale, worker.place.revoked_at = True, time.monotonic()
    await flushing
    assert worker.written() == [b"first"]


async def _handed_over(worker: Worker, value: bytes) -> tuple[Any, asyncio.Task[None]]:
    """A batch and the flush of what it sends, when the producer has the record and its sender has not had its turn."""
    outbox = Outbox(worker.app)
    batch: Any = SimpleNamespace(stale=False)
    outbox.begin(batch)
    outbox.send(worker.topic, b"key", value)
    flushing = asyncio.create_task(outbox.flush())
    async with asyncio.timeout(10):
        while not worker.producer._message_accumulator._batches:  # noqa: ASYNC110 - aiokafka has no event for it
            await asyncio.sleep(0)
    return batch, flushing
