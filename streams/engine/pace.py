"""How a fetch waits at the broker: not at all while little happens, for a fuller answer while much does.

A fetch costs the same for one record as for a hundred (about a third of a millisecond of CPU in aiokafka), and much of
a batch of lists does too. At 500 events/s, answers of one or two records take most of a worker's time: waiting 5 ms for
more halves its CPU per event, and 10 ms are worth it while more comes than a worker does with ease.
"""

from __future__ import annotations

import math
from typing import NamedTuple

_RUSH_PER_S = 600.0
_BUSY_PER_S = 100.0
_QUIET_PER_S = 50.0
_MEMORY_S = 0.5
_FULL_BYTES = 64 * 1024
_BUSY_WAIT_MS = 5
_RUSH_WAIT_MS = 10


class Fetch(NamedTuple):
    """The broker answers at `min_bytes`, or after `wait_ms`."""

    min_bytes: int
    wait_ms: int


class Pace:
    """Follows the rate of records (of all topics), forgetting over half a second; busy above 100/s until it falls below
    50/s, in a rush above 600/s.
    """

    def __init__(self, quiet_wait_ms: int) -> None:
        self._quiet = Fetch(1, quiet_wait_ms)
        self._busy = Fetch(_FULL_BYTES, min(_BUSY_WAIT_MS, quiet_wait_ms))
        self._rush = Fetch(_FULL_BYTES, min(_RUSH_WAIT_MS, quiet_wait_ms))
        self._rate = 0.0
        self._at = -math.inf
        self._is_busy = False

    def after(self, records: int, now: float) -> Fetch:
        """What the next fetch should ask, `records` having been taken at `now` (s, monotonic)."""
        self._rate = self._rate * math.exp((self._at - now) / _MEMORY_S) + records / _MEMORY_S
        self._at = now
        self._is_busy = self._rate > (_QUIET_PER_S if self._is_busy else _BUSY_PER_S)
        if self._rate > _RUSH_PER_S:
            return self._rush
        return self._busy if self._is_busy else self._quiet
