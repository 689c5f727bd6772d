"""Which partition a key belongs to: the same answer as Kafka's default producers (murmur2 of the key's bytes)."""

from __future__ import annotations

from aiokafka.partitioner import murmur2

_POSITIVE = 0x7FFFFFFF  # Kafka drops the sign bit before it takes the remainder


def partition_for(key: bytes, partitions: int) -> int:
    """The partition of a non-null key among `partitions` of a topic."""
    return int((murmur2(key) & _POSITIVE) % partitions)
