"""How a fetch waits at the broker: not at all while little happens, for a fuller answer the more does.

A fetch costs the same for one record as for a hundred (about a third of a millisecond of CPU in aiokafka), and a batch
costs some milliseconds before its first list. At 500 events/s, batches of two or three leave a worker no time: it falls
behind, and the delay grows until batches are full. Batches of ten, after a wait of 20 ms, take less than half the CPU
per event (`python -m bench replay` at both sizes).
"""

from __future__ import annotations

import math
from typing import NamedTuple

_BUSY_PER_S = 100.0
_QUIET_PER_S = 50.0
_MEMORY_S = 0.5
_FULL_BYTES = 64 * 1024
_LEAST_WAIT_MS = 5
_PER_MS_OF_WAIT = 30.0  # records/s: an event is a record of behaviour and one of signals, so 300 events/s wait 20 ms
_MOST = 2  # times the wait when quiet


class Fetch(NamedTuple):
    """The broker answers at `min_bytes`, or after `wait_ms`."""

    min_bytes: int
    wait_ms: int


class Pace:
    """Follows the rate of records of all topics, forgetting over half a second; busy above 100/s until it falls below
    50/s. Busy, it waits longer the more comes, twice `quiet_wait_ms` at most.
    """

    def __init__(self, quiet_wait_ms: int) -> None:
        self._quiet = Fetch(1, quiet_wait_ms)
        self._most_ms = _MOST * quiet_wait_ms
        self._rate = 0.0
        self._at = -math.inf
        self._is_busy = False

    def after(self, records: int, now: float) -> Fetch:
        """What the next fetch should ask, `records` having been taken at `now` (s, monotonic)."""
        self._rate = self._rate * math.exp((self._at - now) / _MEMORY_S) + records / _MEMORY_S
        self._at = now
        self._is_busy = self._rate > (_QUIET_PER_S if self._is_busy else _BUSY_PER_S)
        if not self._is_busy:
            return self._quiet
        return Fetch(_FULL_BYTES, min(self._most_ms, max(_LEAST_WAIT_MS, int(self._rate / _PER_MS_OF_WAIT))))
