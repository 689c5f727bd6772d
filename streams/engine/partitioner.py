"""Kafka's own partitioner with a memory: the same users and items are sent again and again, and murmur2 in Python
costs ten microseconds a key, 2 % of a busy worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from aiokafka.partitioner import DefaultPartitioner, murmur2

_KEYS = 100_000
_default = DefaultPartitioner()


def partition_of(key: bytes | None, partitions: Sequence[int], available: Sequence[int]) -> int:
    """What every Kafka client answers by default: murmur2 of the key; any available partition without one."""
    if key is None:
        keyless: int = _default(key, partitions, available)
        return keyless
    return partitions[_number(key) % len(partitions)]


@lru_cache(_KEYS)
def _number(key: bytes) -> int:
    number: int = murmur2(key) & 0x7FFFFFFF
    return number
