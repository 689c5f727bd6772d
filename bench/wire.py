"""Producer and listener of the load processes: librdkafka, set for prompt delivery, so that the measure adds little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

# Kafka's own default for keyed records; librdkafka's differs, and then a user's events would change partition.
_PARTITIONER = "murmur2_random"
_QUEUE_FULL_WAIT_S = 0.05


class Sender:
    """Produces at once, and raises when a delivery failed: a lost event would be counted against the worker."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "linger.ms": 0, "partitioner": _PARTITIONER, "acks": "all"}
        )

    def send(
        self,
        topic: str,
        key: str,
        value: bytes,
        *,
        at: float,
        delivered: Callable[[int], None] | None = None,
    ) -> None:
        """`at` becomes the record's timestamp (Unix s); `delivered` is told the offset."""

        def on_delivery(error: object, message: Any) -> None:
            if error is not None:
                raise RuntimeError(f"an event could not be produced to {topic}: {error}")
            if delivered is not None:
                delivered(message.offset())

        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=on_delivery, timestamp=int(at * 1000))
            except BufferError:  # a burst larger than librdkafka's queue: let it deliver some first
                self._producer.poll(_QUEUE_FULL_WAIT_S)
                continue
            self._producer.poll(0)
            return

    def flush(self, longest_s: float = 60.0) -> None:
        if left := self._producer.flush(longest_s):
            raise RuntimeError(f"{left} events were not delivered within {longest_s:.0f} s")


class Listener:
    """Reads a topic from its present end, every partition, without a group; ready when constructed."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "bench-listener",  # librdkafka wants a name; with assign() no group is joined
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 50,
            }
        )
        partitions = self._consumer.list_topics(topic, timeout=10).topics[topic].partitions
        self._consumer.assign([self._end_of(number) for number in partitions])

    def next(self, longest_s: float) -> bytes | None:
        """The value of the next record that has one, if any comes within `longest_s`."""
        message = self._consumer.poll(longest_s)
        if message is None:
            return None
        if message.error():
            raise RuntimeError(f"listening to {self._topic} failed: {message.error()}")
        value: bytes | None = message.value()
        return value

    def close(self) -> None:
        self._consumer.close()

    def _end_of(self, partition: int) -> TopicPartition:
        _, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=10)
        return TopicPartition(self._topic, partition, end)
