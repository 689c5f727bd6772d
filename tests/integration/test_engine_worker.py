"""A worker on a real broker: how it ends, what it hands out again, what it takes, and what it recovers."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from streams.admin import open_admin
from streams.local.commits import end_offsets
from streams.local.process import Child, Command

ROOT = Path(__file__).parent.parent.parent


class Lab:
    """One topic with one partition, and workers that read it."""

    def __init__(self, kafka: str, home: Path) -> None:
        self.kafka = kafka
        self.home = home
        self.name = f"engine-{uuid.uuid4().hex[:8]}"
        self.topic = f"{self.name}.events"
        self.producer = KafkaProducer(bootstrap_servers=kafka, max_request_size=33_554_432, acks="all")
        self.workers: list[Child] = []

    def create_topic(self, **config: str) -> None:
        shape = {"num_partitions": 1, "replication_factor": 1, "configs": config}
        with open_admin(self.kafka) as admin:
            admin.create_topics({self.topic: shape})
            admin.wait_for_topics([self.topic], timeout_ms=20_000)

    def send(self, *values: bytes | None, key: bytes | None = b"k") -> None:
        for value in values:
            self.producer.send(self.topic, key=key, value=value)
        self.producer.flush()

    def start(self, worker: str, *options: str) -> Child:
        script = Path(__file__).parent / "engine_job.py"
        argv = (sys.executable, str(script), self.kafka, self.name, str(self.home), worker, *options)
        child = Child(
            Command(worker, argv, self.home / f"{worker}.log", environment={"PYTHONPATH": str(ROOT)}, folder=ROOT)
        )
        child.start()
        self.workers.append(child)
        return child

    def seen(self, worker: str) -> list[int]:
        """Offsets in the order in which the worker's handler got them."""
        path = self.home / f"{worker}.seen"
        return [int(line.split()[0]) for line in path.read_text().splitlines()] if path.exists() else []

    def recovered(self, worker: str) -> list[str]:
        path = self.home / f"{worker}.recovered"
        return path.read_text().splitlines() if path.exists() else []

    def committed(self) -> int | None:
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, group_id=self.name, enable_auto_commit=False)
        try:
            offset = consumer.committed(TopicPartition(self.topic, 0))
            return None if offset is None else int(offset)
        finally:
            consumer.close()

    def end(self) -> int:
        with open_admin(self.kafka) as admin:
            return end_offsets(admin, [(self.topic, 0)])[self.topic, 0]

    def close(self) -> None:
        self.producer.close()
        for worker in self.workers:
            worker.kill()


def until(condition: Callable[[], bool], within_s: float = 40.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def lab(kafka: str, tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(kafka, tmp_path)
    try:
        yield lab
    finally:
        lab.close()


def test_a_signal_finishes_and_commits_and_the_next_worker_goes_on_from_there(lab: Lab) -> None:
    lab.create_topic()
    lab.send(b"one", b"two")
    first = lab.start("first")
    until(lambda: lab.seen("first") == [0, 1])
    first.stop()
    assert first.exit_code == 0
    assert lab.committed() == 2
    lab.send(b"three")
    lab.start("second")
    until(lambda: lab.seen("second") == [2])
    assert lab.recovered("second") == ["k=two"]


def test_a_handler_that_raises_ends_the_worker_and_nothing_of_its_batch_is_committed(lab: Lab) -> None:
    lab.create_topic()
    lab.send(b"one")
    first = lab.start("first")
    until(lambda: lab.seen("first") == [0])
    until(lambda: lab.committed() == 1)
    lab.send(b"raise", b"after")
    assert first.wait(within_s=30)
    assert first.exit_code == 1
    assert "told to" in (lab.home / "first.log").read_text()
    assert lab.committed() == 1
    lab.start("second", "--no-obedient")
    until(lambda: lab.seen("second") == [1, 2])


def test_an_event_of_ten_megabytes_a_tombstone_and_a_record_without_a_key_are_handed_out(lab: Lab) -> None:
    lab.create_topic(**{"max.message.bytes": "16777216"})
    lab.send(bytes(10 * 1024 * 1024))
    lab.send(None)
    lab.send(b"no key", key=None)
    lab.start("only")
    until(lambda: lab.seen("only") == [0, 1, 2])
    sizes = [int(line.split()[1]) for line in (lab.home / "only.seen").read_text().splitlines()]
    assert sizes == [10 * 1024 * 1024, 0, 6]


def test_the_holes_that_transactions_leave_are_believed_after_a_second_look(lab: Lab) -> None:
    lab.create_topic()
    lab.start("only")
    writer = KafkaProducer(bootstrap_servers=lab.kafka, transactional_id=lab.name)
    writer.init_transactions()
    for value in (b"one", b"two"):
        writer.begin_transaction()
        writer.send(lab.topic, key=b"k", value=value)
        writer.commit_transaction()  # takes an offset of its own
    writer.close()
    until(lambda: lab.end() == 4)  # a commit is answered before its mark is written
    lab.send(b"three")
    until(lambda: lab.seen("only") == [0, 2, 4])
    until(lambda: lab.committed() == 5)
    assert "fetching them again" in (lab.home / "only.log").read_text()
