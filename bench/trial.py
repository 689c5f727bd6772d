"""Workers of the counting job under load: started, killed, and checked against what was produced."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from bench.caught_up import behind_by
from bench.counting import events_topic, fold, partitions_file, passed_on_topic, table_name
from streams.admin import open_admin
from streams.engine.partitions import partition_for
from streams.engine.tables import changelog_topic
from streams.local.process import Child, Command

USERS = 500


class TrialFailed(RuntimeError):
    """A worker did not do what the trial waited for."""


@dataclass
class Trial:
    """One run under its own names. Times are of time.monotonic(), in seconds."""

    kafka: str
    name: str
    home: Path
    rate: float
    store: str = "rocksdb"
    partitions: int = 4
    session_timeout_s: float = 6.0
    produced: list[int] = field(default_factory=list)
    seen: Counter[int] = field(default_factory=Counter)
    arrivals: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    workers: dict[str, Child] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _halt_load: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def create_topics(self) -> None:
        shape = {"num_partitions": self.partitions, "replication_factor": 1}
        with open_admin(self.kafka) as admin:
            admin.create_topics({events_topic(self.name): shape, passed_on_topic(self.name): shape})
            admin.wait_for_topics([events_topic(self.name), passed_on_topic(self.name)], timeout_ms=20_000)

    # -- Workers -----------------------------------------------------------------------------------------------------

    def start_worker(self, worker: str) -> None:
        """Starts a process; its local store is the one it had before under the same name."""
        partitions_file(self.home, worker).unlink(missing_ok=True)
        argv = [sys.executable, "-m", "bench.counting", self.kafka, self.name, str(self.home), "--worker", worker]
        argv += ["--store", self.store, "--partitions", str(self.partitions)]
        argv += ["--session-timeout-s", str(self.session_timeout_s)]
        child = Child(
            Command(
                worker,
                tuple(argv),
                self.home / f"{worker}.log",
                environment={"OMP_NUM_THREADS": "1"},
                folder=Path(__file__).parent.parent,
            )
        )
        child.start()
        self.workers[worker] = child

    def kill(self, worker: str) -> None:
        """SIGKILL, without a warning."""
        self.workers.pop(worker).kill()

    def freeze(self, worker: str) -> None:
        """SIGSTOP: the process is there, and does nothing, as on a machine that swaps or a paused container."""
        os.killpg(self.workers[worker].pid, signal.SIGSTOP)

    def thaw(self, worker: str) -> None:
        os.killpg(self.workers[worker].pid, signal.SIGCONT)

    def wait_shared(self, owners: int, within_s: float = 40.0) -> None:
        """Until every partition is owned, by `owners` workers together."""
        self.wait(lambda: self._shares() == owners, f"{owners} workers share the partitions", within_s)

    def _shares(self) -> int:
        counts = [_read_count(partitions_file(self.home, worker)) for worker in self.workers]
        return sum(1 for count in counts if count) if sum(counts) == self.partitions else 0

    def wait_progress(self, within_s: float = 40.0) -> None:
        """Until every partition has passed an event on that arrived after this call."""
        begun = time.monotonic()
        self.wait(
            lambda: all(self.arrivals[p] and self.arrivals[p][-1] > begun for p in range(self.partitions)),
            "every partition makes progress",
            within_s,
        )

    def wait(self, condition: Callable[[], bool], what: str, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            for worker, child in self.workers.items():
                if not child.running:
                    raise TrialFailed(f"{worker} ended with {child.exit_code}: see {child.command.log}")
            if time.monotonic() > deadline:
                raise TrialFailed(f"waited {within_s:g} s in vain until {what}")
            time.sleep(0.05)

    # -- Load --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts to watch what is passed on, then to produce at the rate."""
        for target in (self._watch, self._produce):
            thread = threading.Thread(target=target, name=target.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _produce(self) -> None:
        producer = KafkaProducer(bootstrap_servers=self.kafka, linger_ms=2, acks="all")
        begun = time.monotonic()
        for number in itertools.count():
            if self._halt_load.is_set():
                break
            ahead = begun + number / self.rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            user = user_of(number)
            producer.send(
                events_topic(self.name),
                key=user,
                value=str(number).encode(),
                partition=partition_for(user, self.partitions),
            )
            self.produced.append(number)
        producer.flush()
        producer.close()

    def _watch(self) -> None:
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, auto_offset_reset="earliest", enable_auto_commit=False)
        consumer.assign([TopicPartition(passed_on_topic(self.name), p) for p in range(self.partitions)])
        while not self._stop.is_set():
            for tp, records in consumer.poll(timeout_ms=50).items():
                now = time.monotonic()
                self.arrivals[tp.partition].append(now)
                self.seen.update(int(record.value) for record in records)
        consumer.close()

    def longest_gaps(self, since: float, until: float) -> list[float]:
        """For each partition the longest time without anything passed on, in seconds."""
        gaps = []
        for partition in range(self.partitions):
            times = [since, *(t for t in list(self.arrivals[partition]) if since < t < until), until]
            gaps.append(max(b - a for a, b in itertools.pairwise(times)))
        return gaps

    # -- The end -----------------------------------------------------------------------------------------------------

    def finish(self, within_s: float = 60.0) -> dict[str, object]:
        """Stops the load, waits for the rest, and compares: ids missing, repeats, and tables that differ."""
        self._halt_load.set()
        self._threads[1].join()
        wanted = set(self.produced)
        with contextlib.suppress(TrialFailed):  # what is missing is counted below
            self.wait(lambda: len(self.seen) >= len(wanted), "all events are passed on", within_s)
            # A table is written after what is passed on, and a worker may stop in between: it would do the rest again.
            self._wait_committed(within_s)
        for child in self.workers.values():
            child.ask_to_stop()
        for child in self.workers.values():
            child.stop()
        table = self.read_table()
        clean = clean_table(self.produced)
        differing = [user for user in clean.keys() | table.keys() if clean.get(user) != table.get(user)]
        return {
            "events": len(wanted),
            "missing": len(wanted - self.seen.keys()),
            "repeats": sum(self.seen.values()) - len(self.seen),
            "table_rows": len(clean),
            "table_rows_that_differ": len(differing),
            "differences": [_difference(user, clean.get(user), table.get(user)) for user in sorted(differing)[:5]],
        }

    def _wait_committed(self, within_s: float) -> None:
        with open_admin(self.kafka) as admin:
            self.wait(
                lambda: behind_by(admin, self.name, events_topic(self.name), self.partitions) == 0,
                "everything is committed",
                within_s,
            )

    def close(self) -> None:
        self._halt_load.set()
        self._stop.set()
        for child in self.workers.values():
            child.kill()  # SIGKILL ends a frozen process too
        for thread in self._threads:
            thread.join(timeout=10)

    def read_table(self) -> dict[bytes, bytes]:
        """The table as another worker would recover it: the last value of each key of the changelog."""
        topic = changelog_topic(self.name, table_name())
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False)
        tps = [TopicPartition(topic, p) for p in range(self.partitions)]
        consumer.assign(tps)
        consumer.seek_to_beginning(*tps)
        ends = consumer.end_offsets(tps)
        rows: dict[bytes, bytes] = {}
        while any(consumer.position(tp) < ends[tp] for tp in tps):
            for records in consumer.poll(timeout_ms=200).values():
                rows.update({record.key: record.value for record in records})
        consumer.close()
        return rows


def user_of(number: int) -> bytes:
    return f"user-{number * 7919 % USERS}".encode()


def clean_table(numbers: list[int]) -> dict[bytes, bytes]:
    """The table of an undisturbed run."""
    by_user: dict[bytes, list[int]] = defaultdict(list)
    for number in numbers:
        by_user[user_of(number)].append(number)
    return {user: fold(None, mine) or msgspec.msgpack.encode([]) for user, mine in by_user.items()}


def _read_count(path: Path) -> int:
    return int(path.read_text() or 0) if path.exists() else 0


def _difference(user: bytes, clean: bytes | None, row: bytes | None) -> str:
    """What to look at first when a table is wrong."""
    right, found = (set(msgspec.msgpack.decode(each or b"\x90", type=list[int])) for each in (clean, row))
    return f"{user.decode()} lacks {sorted(right - found)} and has {sorted(found - right)} too many"
