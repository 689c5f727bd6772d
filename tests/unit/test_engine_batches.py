"""When a batch begins, how large it is, and when its records count as done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types.tuples import ConsumerMessage

from streams.engine.batches import Batch, micro_batches


class Job:
    """The parts of a Faust app that a batch touches, with the real messages."""

    def __init__(self) -> None:
        self.acked: list[int] = []
        self.flowing = True
        self.consumer = SimpleNamespace(
            _unacked_messages=set(), revocations=0, ack=lambda message: self.acked.append(message.offset)
        )
        self.consumer_generation_id = 1
        self.flow_control = SimpleNamespace(is_active=lambda: self.flowing)
        self.monitor = SimpleNamespace(stream_inbound_time={})
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.stream: Any = SimpleNamespace(
            app=self, channel=SimpleNamespace(queue=self.queue), should_stop=False, maybe_start=self._start
        )

    async def _start(self) -> None: ...

    def arrive(self, *offsets: int, generation: int = 1) -> None:
        for offset in offsets:
            message = ConsumerMessage(
                "events", offset % 2, offset, 12.5, 0, (("h", b"1"),), b"k", b"v", None, generation_id=generation
            )
            message.incref(1)
            self.queue.put_nowait(message)

    def batches(self, size: int = 10, within_s: float = 0.0, *, eager: bool = True) -> AsyncIterator[Batch]:
        return micro_batches(self.stream, size, within_s, eager=eager)


def offsets(batch: Batch) -> list[int]:
    return [record.offset for record in batch.records]


@pytest.fixture
async def job() -> Job:
    return Job()


async def test_all_that_is_there_comes_at_once(job: Job) -> None:
    job.arrive(1, 2, 3)
    batch = await anext(job.batches(within_s=60))
    assert offsets(batch) == [1, 2, 3]


async def test_a_batch_has_at_most_its_size(job: Job) -> None:
    job.arrive(1, 2, 3)
    batches = job.batches(size=2)
    assert [offsets(await anext(batches)), offsets(await anext(batches))] == [[1, 2], [3]]


async def test_a_patient_batch_waits_until_it_is_full(job: Job) -> None:
    job.arrive(1)
    coming = asyncio.ensure_future(anext(job.batches(size=3, within_s=60, eager=False)))
    await asyncio.sleep(0)
    job.arrive(2, 3)
    assert offsets(await coming) == [1, 2, 3]


async def test_a_patient_batch_does_not_wait_for_ever(job: Job) -> None:
    job.arrive(1)
    assert offsets(await anext(job.batches(size=3, within_s=0.01, eager=False))) == [1]


async def test_a_record_is_as_it_was_on_the_broker(job: Job) -> None:
    job.arrive(7)
    (record,) = (await anext(job.batches())).records
    assert (record.key, record.value, record.topic, record.partition, record.offset) == (b"k", b"v", "events", 1, 7)
    assert (record.timestamp, record.headers) == (12.5, (("h", b"1"),))


async def test_records_are_done_when_the_body_comes_back_for_more(job: Job) -> None:
    job.arrive(1, 2)
    batches = job.batches()
    await anext(batches)
    assert job.acked == []
    assert len(job.consumer._unacked_messages) == 2
    job.arrive(3)
    await anext(batches)
    assert job.acked == [1, 2]


async def test_nothing_is_done_when_the_body_raises(job: Job) -> None:
    job.arrive(1, 2)

    async def body() -> None:
        async for _ in job.batches():
            raise ValueError("the body")

    with pytest.raises(ValueError, match="the body"):
        await body()
    assert job.acked == []


async def test_a_batch_that_outlived_a_rebalance_is_not_acknowledged(job: Job) -> None:
    job.arrive(1)
    batches = job.batches()
    batch = await anext(batches)
    job.consumer_generation_id = 2
    assert batch.stale
    job.arrive(1, generation=2)
    again = await anext(batches)
    assert (offsets(again), again.stale, job.acked) == ([1], False, [])


async def test_a_batch_is_stale_from_the_moment_its_partitions_are_taken_away(job: Job) -> None:
    job.arrive(1)
    batch = await anext(job.batches())
    job.consumer.revocations += 1
    assert batch.stale


async def test_records_of_before_a_rebalance_are_left_out(job: Job) -> None:
    job.arrive(1, 2)
    job.arrive(2, 3, generation=2)
    job.consumer_generation_id = 2
    assert offsets(await anext(job.batches())) == [2, 3]


async def test_nothing_is_begun_while_the_flow_is_stopped(job: Job) -> None:
    job.flowing = False
    job.arrive(1)
    coming = asyncio.ensure_future(anext(job.batches()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    job.flowing = True
    job.arrive(2)
    assert offsets(await coming) == [2]
