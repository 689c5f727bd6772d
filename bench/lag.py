"""How far a consumer group is behind, from the broker's own offsets."""

from __future__ import annotations

import time
from collections.abc import Sequence

from confluent_kafka import Consumer, TopicPartition

_EVERY_S = 0.25


def lag(bootstrap: str, group: str, topics: Sequence[str]) -> int:
    """Records of the topics that the group has not committed yet."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    try:
        known = consumer.list_topics(timeout=10).topics
        partitions = [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]
        behind = 0
        for committed in consumer.committed(partitions, timeout=10):
            first, end = consumer.get_watermark_offsets(committed, timeout=10)
            behind += end - max(first, committed.offset)  # no commit yet is a negative offset
        return behind
    finally:
        consumer.close()


def wait_for_none(bootstrap: str, group: str, topics: Sequence[str], within_s: float) -> float:
    """Seconds until the group has committed everything. Raises TimeoutError."""
    start = time.monotonic()
    while (behind := lag(bootstrap, group, topics)) > 0:
        if time.monotonic() - start > within_s:
            raise TimeoutError(f"{behind} records are still unread after {within_s:.0f} s; see the worker's log")
        time.sleep(_EVERY_S)
    return time.monotonic() - start
