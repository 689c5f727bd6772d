"""Mend K: a queue that never blocks its producer; pressure is relieved by fetching less (see mends/__init__.py)."""

from __future__ import annotations

from typing import Any

from mode.utils.queues import ThrowableQueue


class UnblockingQueue(ThrowableQueue[Any]):
    """`maxsize` still triggers the pressure callbacks that pause a partition, but nothing ever waits for room.

    At most one fetch beyond `maxsize` is held: a paused partition is not fetched again before the queue has drained.
    """

    def full(self) -> bool:
        return False
