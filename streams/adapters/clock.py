"""The real clock, and one that a test sets."""

from __future__ import annotations

import time
from dataclasses import dataclass


class SystemClock:
    """The machine's time, Unix seconds."""

    def now(self) -> float:
        return time.time()


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is moved."""

    time: float = 1_700_000_000.0

    def now(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds
