"""Milvus and Triton gone and back: lists go on, what waits is done later, nothing is lost and nobody is restarted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from kit.stream import Stream, behaviour, running

from encoders.spec import DIMENSION
from streams.adapters.clock import SystemClock
from streams.adapters.milvus_index import MilvusIndex
from streams.admin import open_admin
from streams.events import ContentEvent, RecommendationList
from streams.local.commits import StallWatch, progress, said_by
from streams.local.milvus import Milvus, choose_ports
from streams.local.ports import Ports
from streams.local.triton import Triton
from streams.observe.health import CommitWatch
from streams.topics import Topic

STALLED_AFTER_S = 5.0  # a busy machine may keep a worker from its work for some of that
SUBJECTS = ("sailing", "chess", "volcanoes", "bread")


@dataclass
class Run:
    """One worker, and a Milvus of its own that may be stopped."""

    stream: Stream
    milvus: Milvus


@pytest.fixture(scope="module")
def run(kafka: str, triton: str, tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("neighbours")
    milvus = Milvus(folder / "milvus", choose_ports(folder / "milvus", ports, ports.free()))
    with ExitStack() as stack:
        stack.callback(milvus.stop)
        milvus.start()
        milvus.wait_ready()
        settings: dict[str, Any] = {"vector_index": "milvus", "milvus": milvus.url}
        settings |= {"encoder": "triton", "triton": triton}
        settings |= {"stalled_after_s": STALLED_AFTER_S, "index_write_timeout_s": 2.0}
        stream = stack.enter_context(running(kafka, folder, ports, **settings))
        stream.publish(*items("first", 24))
        stream.wait_for_catalogue(24)
        yield Run(stream, milvus)


def items(name: str, number: int) -> list[ContentEvent]:
    subject = SUBJECTS
    return [
        ContentEvent(f"{name}-{n}", title=f"A film about {subject[n % 4]}, part {n // 4}", tags=(subject[n % 4],))
        for n in range(number)
    ]


def known(stream: Stream) -> int:
    """How many items the worker knows as encoded."""
    return int(stream.get("/status")["items"])


@contextmanager
def never_taken_for_stalled(stream: Stream) -> Iterator[Callable[[Callable[[], bool]], None]]:
    """Gives a wait that also looks, each time, whether anybody would restart the worker; and checks that nobody did."""
    url, process = stream.workers[0].url, stream.workers[0].child.pid
    stalls = StallWatch(
        stream.settings.kafka, stream.settings.app_id, STALLED_AFTER_S, lambda: {"worker 0": said_by(url)}
    )

    def wait(holds: Callable[[], bool]) -> None:
        def seen() -> bool:
            assert stream.status_code("/health") == 200
            assert stalls() == set()
            return holds()

        stream.until(seen)

    try:
        yield wait
        assert stream.workers[0].child.running
        assert stream.workers[0].child.pid == process
    finally:
        stalls.close()


def would_be_called_stalled(stream: Stream, topic: Topic) -> Callable[[], bool]:
    """Whether `topic` stands still for so long that a watch that excuses nobody would speak."""
    watch = CommitWatch(STALLED_AFTER_S)

    def stuck() -> bool:
        with open_admin(stream.settings.kafka) as admin:
            watch.update(progress(admin, stream.settings.app_id), time.monotonic())
        return topic.under(stream.prefix) in {name for name, _ in watch.stuck(time.monotonic())}

    return stuck


def list_for_somebody_new(stream: Stream, numbers: Iterator[int] = count()) -> RecommendationList:  # noqa: B008  one counter for all calls is meant
    """The list that an act of a user without any search to reuse brings."""
    someone = f"user-{uuid4().hex[:8]}"
    stream.publish(behaviour(someone, f"first-{next(numbers) % 24}"))
    return stream.wait_for_list(someone)


def waits(stream: Stream, topic: Topic) -> bool:
    return topic.under(stream.prefix) in stream.get("/status")["waiting"]


async def indexed(stream: Stream) -> set[str]:
    """The ids of every row in Milvus."""
    index = MilvusIndex(
        stream.settings.milvus, prefix=stream.prefix, clock=SystemClock(), search_timeout_s=5.0, write_timeout_s=20.0
    )
    try:
        await index.ensure(DIMENSION, stream.get("/status")["encoder_version"])
        return await index.item_ids()
    finally:
        await index.close()


@pytest.mark.timeout(180)
def test_without_milvus_lists_go_on_degraded_and_the_items_that_waited_are_indexed_when_it_is_back(run: Run) -> None:
    stream = run.stream
    assert list_for_somebody_new(stream).degraded == ()
    with never_taken_for_stalled(stream) as wait:
        run.milvus.stop()
        stream.publish(*items("late", 12))
        wait(lambda: waits(stream, Topic.ITEMS))
        made = list_for_somebody_new(stream)
        assert made.degraded == ("interest",)
        assert made.items
        wait(lambda: known(stream) == 36)  # encoded, and in the memory of the worker
        wait(would_be_called_stalled(stream, Topic.ITEMS))
        run.milvus.start()
        run.milvus.wait_ready()
        wait(lambda: not waits(stream, Topic.ITEMS))
        wait(lambda: list_for_somebody_new(stream).degraded == ())
        wait(lambda: all(part["lag"] == 0 for part in stream.get("/status")["partitions"]))
    assert asyncio.run(indexed(stream)) == {item.item_id for item in (*items("first", 24), *items("late", 12))}
    assert stream.dead_letters() == []


@pytest.mark.timeout(180)
def test_without_triton_acts_bring_lists_and_content_waits_until_it_is_back(
    run: Run, triton_that_stops: Triton
) -> None:
    stream, before = run.stream, known(run.stream)
    with never_taken_for_stalled(stream) as wait:
        triton_that_stops.stop()
        stream.publish(*items("waiting", 700))  # more than the stage's buffer takes: the rest waits on the broker
        wait(lambda: waits(stream, Topic.CONTENT))
        assert list_for_somebody_new(stream).items
        wait(would_be_called_stalled(stream, Topic.CONTENT))
        assert known(stream) == before
        triton_that_stops.start()
        triton_that_stops.wait_ready()
        wait(lambda: known(stream) == before + 700)
    encoded = {key.decode() for key, value in stream.records(Topic.ITEMS) if key and value}
    assert encoded >= {item.item_id for item in items("waiting", 700)}
    assert stream.dead_letters() == []
