"""Deletes what is left of an encoder version: its records on `vectors`, its collection, its place in the server."""

from __future__ import annotations

from collections.abc import Sequence

from streams.agents.collections import Collections
from streams.ports.encoder_versions import EncoderVersions
from streams.ports.vector_index import VectorIndexUnavailable
from streams.topics import Topic
from streams.upgrade.sending import Sending
from streams.upgrade.topic_log import Log

_PASSES = 3  # a worker that has not heard of the end yet may send one more
_TOGETHER = 500


async def delete_vectors(vectors: Log, version: str, sending: Sending) -> None:
    """Tombstones for every vector of a version. Raises KafkaError."""
    prefix = f"{version}/".encode()
    for _ in range(_PASSES):
        alive: dict[bytes, None] = {}
        async for records in vectors.read():
            for record in records:
                if record.key is not None and record.key.startswith(prefix):
                    if record.value is None:
                        alive.pop(record.key, None)
                    else:
                        alive[record.key] = None
        if not alive:
            return
        for number, key in enumerate(alive, 1):
            sending.send(Topic.VECTORS, key, None)
            if number % _TOGETHER == 0:
                await sending.flush()
        await sending.flush()


async def delete_collection(collections: Collections, version: str, through: str) -> None:
    """Drops a version's collection by the door of another one. Raises VectorIndexUnavailable."""
    door = collections.door(through)
    if door is None:
        raise VectorIndexUnavailable(f"the collection of {through} is not open yet")
    await collections.forget(version)
    await door.drop(version)


async def retire(
    version: str,
    active: str,
    *,
    vectors: Log,
    collections: Sequence[Collections],
    versions: EncoderVersions,
    sending: Sending,
) -> None:
    """All of it, from each of the `collections`. Each step can be done again.

    Raises KafkaError, VectorIndexUnavailable or EncoderUnavailable.
    """
    for some in collections:
        await delete_collection(some, version, active)
    await delete_vectors(vectors, version, sending)
    await versions.retire(version)
