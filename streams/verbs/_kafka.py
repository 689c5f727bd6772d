"""Producers and consumers for verbs: quick to fail, keyed as every other client keys."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from streams.engine.partitions import partition_for
from streams.settings import Settings
from streams.topics import SPECS, Topic
from streams.verbs._failure import ExitCode, Failure

CONNECT_MS = 3_000
DELIVERY_MS = 30_000


def open_producer(settings: Settings) -> KafkaProducer:
    """Idempotent, and partitioned by murmur2 of the key like Java's. Raises kafka.errors.KafkaTimeoutError."""
    return KafkaProducer(
        bootstrap_servers=settings.kafka.split(","),
        client_id="upwell",
        # Measured: with no linger this client falls behind at one or two thousand events a second.
        linger_ms=3,
        max_request_size=max(spec.max_message_bytes for spec in SPECS),
        max_block_ms=DELIVERY_MS,
        delivery_timeout_ms=DELIVERY_MS,
        request_timeout_ms=DELIVERY_MS // 2,
        bootstrap_timeout_ms=CONNECT_MS,
        allow_auto_create_topics=False,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """A consumer without a group, standing somewhere on every partition it reads."""

    consumer: KafkaConsumer
    partitions: Sequence[TopicPartition]

    def poll(self, within_s: float, most: int = 500) -> Iterator[Any]:
        """The records there are, or those that come first within the time."""
        for records in self.consumer.poll(timeout_ms=int(within_s * 1000), max_records=most).values():
            yield from records

    def ends(self) -> dict[TopicPartition, int]:
        """The offset after the last record of each partition, now."""
        ends: dict[TopicPartition, int] = self.consumer.end_offsets(list(self.partitions))
        return ends

    def until(self, ends: dict[TopicPartition, int], patience_s: float = 30.0) -> Iterator[Any]:
        """Every record before `ends`, from where it stands. Raises Failure when nothing comes for `patience_s`."""
        deadline = time.monotonic() + patience_s
        while any(self.consumer.position(partition) < end for partition, end in ends.items()):
            for record in self.poll(1.0):
                deadline = time.monotonic() + patience_s
                if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                    yield record
            if time.monotonic() > deadline:
                message = f"Kafka sent nothing for {patience_s:g} s; see whether its brokers are well"
                raise Failure(message, ExitCode.TIMED_OUT)

    def close(self) -> None:
        self.consumer.close(autocommit=False)


def open_reader(settings: Settings, topic: Topic, *, key: str | None = None, from_start: bool = False) -> Reader:
    """Stands at the end of `topic`, or at its start; with `key`, only on the partition of that key.

    Raises Failure when the topic is missing and kafka.errors.KafkaTimeoutError when no broker answers.
    """
    name = topic.under(settings.topic_prefix)
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka.split(","),
        client_id="upwell",
        group_id=None,
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        bootstrap_timeout_ms=CONNECT_MS,
        allow_auto_create_topics=False,
    )
    try:
        partitions = _partitions(consumer, name, key)
        consumer.assign(partitions)
        # Positions are set now and not at the first poll: what is produced after this returns is read.
        offsets = consumer.beginning_offsets(partitions) if from_start else consumer.end_offsets(partitions)
        for partition, offset in offsets.items():
            consumer.seek(partition, offset)
    except BaseException:
        consumer.close(autocommit=False)
        raise
    return Reader(consumer, partitions)


def _partitions(consumer: KafkaConsumer, name: str, key: str | None) -> list[TopicPartition]:
    count = len(consumer.partitions_for_topic(name) or ())
    if not count:
        raise Failure(f"topic {name} is missing; run `upwell topics create`", ExitCode.NOT_FOUND)
    numbers = range(count) if key is None else [partition_for(key.encode(), count)]
    return [TopicPartition(name, number) for number in numbers]
