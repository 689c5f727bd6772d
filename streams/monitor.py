"""Looks at the worker once a second: committed offsets, lag, whether commits move, how many users it holds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Any

import faust
from faust.exceptions import ConsumerNotStarted
from mode import Service
from rocksdict import DbClosedError

from streams.observe import metrics
from streams.observe.health import CommitWatch, LoopWatch, Progress

_EVERY_S = 1.0
_COUNT_USERS_EVERY_S = 15.0
_SLICE = 500  # about a millisecond
_COUNTING_SHARE = 0.005  # counting goes over the whole table, so it may use this share of the time at most


class Monitor(Service):
    """Feeds the gauges and the health checks of one worker."""

    abstract = False
    mundane_level = "debug"

    def __init__(
        self,
        app: faust.App,
        commits: CommitWatch,
        loop: LoopWatch,
        *,
        users: Callable[[], Iterable[object]],
        waiting: Callable[[], set[str]],
    ) -> None:
        super().__init__()
        self._app = app
        self._commits = commits
        self._loop_watch = loop
        self._users = users
        self.waiting = waiting  # topics whose stage stands still on purpose, until a neighbour is back
        self._known: set[tuple[str, int]] = set()
        self.users = 0

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            now = time.monotonic()
            self._loop_watch.beat(now)
            progress = self.progress()
            self._commits.update(progress, now)
            self._publish(progress)
            await self.sleep(_EVERY_S)

    @Service.task
    async def _follow_users(self) -> None:
        """Counts in slices, so that a large table does not hold up the lists."""
        while not self.should_stop:
            began = time.monotonic()
            with contextlib.suppress(RuntimeError, DbClosedError):  # a rebalance closed a partition: next time
                self.users = await self._counted()
                metrics.USERS.set(self.users)
            took = time.monotonic() - began
            await self.sleep(max(_COUNT_USERS_EVERY_S, took / _COUNTING_SHARE))

    async def _counted(self) -> int:
        count = 0
        for count, _ in enumerate(self._users(), start=1):  # the last one is the count
            if count % _SLICE == 0:
                await asyncio.sleep(0)
        return count

    def progress(self) -> Progress:
        """Committed offset and lag of every partition that this worker consumes."""
        try:
            return self._read()
        except ConsumerNotStarted:  # the worker is still starting: there is nothing to see yet
            return Progress({}, {})

    def _read(self) -> Progress:
        consumer: Any = self._app.consumer
        committed: dict[tuple[str, int], int] = {}
        lag: dict[tuple[str, int], int] = {}
        for tp in consumer.assignment():
            if tp.topic in self._app.tables.changelog_topics:
                continue
            highwater = consumer.highwater(tp)
            if highwater is None:  # nothing has been fetched of it yet
                continue
            # Faust shows the committed offset nowhere else; a partition without a commit starts at 0.
            offset = consumer._committed_offset.get(tp) or 0
            committed[tp.topic, tp.partition] = offset
            lag[tp.topic, tp.partition] = max(0, highwater - offset)
        return Progress(committed, lag)

    def _publish(self, progress: Progress) -> None:
        topics: dict[str, int] = {}
        for (topic, partition), offset in progress.committed.items():
            metrics.COMMITTED.labels(topic=topic, partition=partition).set(offset)
            metrics.LAG.labels(topic=topic, partition=partition).set(progress.lag[topic, partition])
            topics[topic] = topics.get(topic, 0) + 1
        here = set(progress.committed)
        for topic, partition in self._known - here:
            metrics.forget_partition(topic, partition)
        for topic in {topic for topic, _ in self._known | here}:
            metrics.PARTITIONS.labels(topic=topic).set(topics.get(topic, 0))
        self._known = here
