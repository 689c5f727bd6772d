"""Reads a compacted topic to its end: how both peers come by the items that were encoded before they started."""

from __future__ import annotations

from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition


def read_all(bootstrap: str, topic: str, partitions: list[int] | None = None) -> Iterator[tuple[bytes, bytes | None]]:
    """Key and value of every record up to the present end, in order per partition; value None is a deletion."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, max_poll_records=2000)
    try:
        numbers = sorted(consumer.partitions_for_topic(topic) or ()) if partitions is None else partitions
        assigned = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(assigned)
        consumer.seek_to_beginning(*assigned)
        ends = consumer.end_offsets(assigned)
        while any(consumer.position(partition) < ends[partition] for partition in assigned):
            for records in consumer.poll(timeout_ms=1000).values():
                for record in records:
                    if record.key is not None:
                        yield record.key, record.value
    finally:
        consumer.close(autocommit=False)
