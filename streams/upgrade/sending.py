"""What the coordinator needs of a way to Kafka: collect, then send all and wait for the broker."""

from __future__ import annotations

from typing import Protocol

from streams.topics import Topic


class Sending(Protocol):
    """Nothing is sent once the right to send has ended, which `begin` takes anew."""

    @property
    def stale(self) -> bool:
        """Whether the right has ended, or was never taken."""

    def begin(self) -> None: ...

    def send(self, topic: Topic, key: bytes, value: bytes | None) -> None: ...

    async def flush(self) -> bool:
        """False when what was collected may have been dropped because the right had ended."""
