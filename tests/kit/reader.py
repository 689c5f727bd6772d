"""Reads whole topics again and again, as tests do while they wait: by one connection, and nothing twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kafka import KafkaConsumer, TopicPartition

Pair = tuple[bytes | None, bytes | None]
"""Key and value."""


class Reader:
    """Keeps what it has read of each topic and goes on from there: a client for each look costs a tenth of a second.

    For one thread.
    """

    def __init__(self, bootstrap: str) -> None:
        self._consumer = KafkaConsumer(bootstrap_servers=bootstrap, fetch_max_bytes=64 * 1024 * 1024)
        self._read: defaultdict[str, list[Pair]] = defaultdict(list)
        self._next: dict[TopicPartition, int] = {}

    def read(self, topic: str) -> Sequence[Pair]:
        """Everything on a topic from its beginning to its present end, in the order of each partition."""
        found = self._read[topic]
        partitions = [TopicPartition(topic, p) for p in sorted(self._consumer.partitions_for_topic(topic) or ())]
        self._consumer.assign(partitions)
        for partition in partitions:
            self._consumer.seek(partition, self._next.get(partition, 0))
        ends = self._consumer.end_offsets(partitions)
        while any(self._consumer.position(partition) < ends[partition] for partition in partitions):
            for records in self._consumer.poll(timeout_ms=200).values():
                found += [(record.key, record.value) for record in records]
        self._next |= {partition: self._consumer.position(partition) for partition in partitions}
        return tuple(found)

    def close(self) -> None:
        self._consumer.close()
