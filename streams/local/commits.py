"""What the consumer group has committed and what waits, asked of the broker: the only honest sign of progress."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError

from streams.admin import open_admin
from streams.local import probe
from streams.observe.health import CommitWatch, Progress

log = structlog.get_logger()

CHANGELOG = "-changelog"


def progress(admin: Any, group: str) -> Progress:
    """Committed offset and lag (events) of each (topic, partition) that the group has committed or was assigned.

    One that was assigned and never committed counts as committed at 0: a worker can be stuck from its first event on.
    """
    committed = dict.fromkeys(assigned(admin, group), 0)
    offsets = admin.list_group_offsets({group: None})[group]
    committed |= {(tp.topic, tp.partition): offset.offset for tp, offset in offsets.items() if offset.offset >= 0}
    ends = end_offsets(admin, committed)
    return Progress(committed, {partition: max(0, ends[partition] - at) for partition, at in committed.items()})


def assigned(admin: Any, group: str) -> list[tuple[str, int]]:
    """The partitions that the group's members have now; none while it rebalances.

    Faust assigns the tables' changelogs as well; those are read to recover a table and nobody commits them.
    """
    members = admin.describe_groups([group])[group]["members"]
    assignments = [member["member_assignment"] for member in members if member["member_assignment"]]
    return [
        (topic["topic"], partition)
        for assignment in assignments
        for topic in assignment["assigned_partitions"]
        for partition in topic["partitions"]
        if not topic["topic"].endswith(CHANGELOG)
    ]


def end_offsets(admin: Any, partitions: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The offset that the next event of each partition will get."""
    from kafka.admin import OffsetSpec

    wanted = {TopicPartition(topic, partition): OffsetSpec.LATEST for topic, partition in partitions}
    found = admin.list_partition_offsets(wanted) if wanted else {}
    return {(tp.topic, tp.partition): answer.offset for tp, answer in found.items()}


class _Partition(msgspec.Struct, frozen=True):
    topic: str
    partition: int


class Said(msgspec.Struct, frozen=True):
    """What a worker says of itself (GET /status): what it has, the topics on which it waits for a neighbour, and
    whether it is still reading what it needs before it takes part.
    """

    partitions: tuple[_Partition, ...] = ()
    waiting: frozenset[str] = frozenset()
    starting: bool = False

    @property
    def having(self) -> set[tuple[str, int]]:
        return {(one.topic, one.partition) for one in self.partitions}


class StallWatch:
    """Which workers are alive but no longer commit, though events wait for them.

    `said()` gives what each worker says of itself, or None for one that does not answer: such a worker is stalled
    itself when anything waits that nobody else has. A stage that waits for a neighbour, as long as its worker says so,
    is excused: a restart would not bring the neighbour back. So is what nobody has while a worker still starts: with
    many items that takes minutes, and a restart would begin it anew.
    """

    def __init__(
        self,
        bootstrap: str,
        group: str,
        stalled_after_s: float,
        said: Callable[[], Mapping[str, Said | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self._stalled_after_s = stalled_after_s
        self._said = said
        self._clock = clock
        self._watch = CommitWatch(stalled_after_s)
        self._admin: Any = None

    def __call__(self) -> set[str]:
        """Names of the stalled workers, now. A broker that does not answer tells nothing about workers."""
        try:
            if self._admin is None:
                self._admin = open_admin(self._bootstrap)
            found = progress(self._admin, self._group)
        except KafkaError as error:
            log.warning("committed offsets not known", reason=str(error))
            self.close()
            return set()
        return self.judge(found)

    def judge(self, found: Progress) -> set[str]:
        """Names of the stalled workers, given what the broker tells now."""
        said = self._said()
        watched = {partition: at for partition, at in found.committed.items() if not excused(partition, said)}
        self._watch.update(Progress(watched, found.lag), self._clock())
        stuck = set(self._watch.stuck(self._clock()))
        if not stuck:
            return set()
        guilty = blame(stuck, {name: None if one is None else one.having for name, one in said.items()})
        log.warning("workers stalled", workers=sorted(guilty), partitions=sorted(stuck))
        self._watch = CommitWatch(self._stalled_after_s)  # whoever comes next gets the same time
        return guilty

    def watch(self, stop: threading.Event, tell: Callable[[str], None], every_s: float = 2.0) -> None:
        """Name every stalled worker to `tell` until `stop`. For a thread of its own: a broker that is away holds up."""
        while not stop.wait(every_s):
            for name in self():
                tell(name)
        self.close()

    def close(self) -> None:
        """Let go of the connection; the next look opens another."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None


def excused(partition: tuple[str, int], said: Mapping[str, Said | None]) -> bool:
    """Whether somebody waits for a neighbour on this topic, or starts, and nobody has the partition who does not.

    A worker lists no partition that was never committed, so one that nobody lists is excused with its topic.
    """
    answers = [one for one in said.values() if one is not None]
    waits = any(partition[0] in one.waiting or one.starting for one in answers)
    return waits and not any(partition in one.having for one in answers if partition[0] not in one.waiting)


def blame(stuck: Collection[tuple[str, int]], owners: Mapping[str, Collection[tuple[str, int]] | None]) -> set[str]:
    """The workers that have a stuck partition; else those that do not answer; else, as somebody must have it, all."""
    having = {name for name, partitions in owners.items() if partitions and not set(partitions).isdisjoint(stuck)}
    silent = {name for name, partitions in owners.items() if partitions is None}
    return having or silent or set(owners)


def said_by(url: str) -> Said | None:
    """What a worker says of itself, or None when it does not answer."""
    answer = probe.text(f"{url}/status")
    return None if answer is None else msgspec.json.decode(answer, type=Said)
