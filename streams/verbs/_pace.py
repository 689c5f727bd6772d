"""When the next event is due: at a steady rate, or at a multiple of the speed at which the events happened."""

from __future__ import annotations

import time


class Pace:
    """Waits until each event's turn: `rate` in events per second, `speed` in event seconds per second, or neither."""

    def __init__(self, rate: float | None = None, speed: float | None = None) -> None:
        self._rate = rate
        self._speed = speed
        self._started = time.monotonic()
        self._sent = 0
        self._first_at: float | None = None

    def wait(self, at: float | None) -> None:
        """Sleep until the event of time `at` (Unix s) is due; late events go at once, none are skipped."""
        due = self._due(at)
        self._sent += 1
        pause = due - time.monotonic()
        if pause > 0:
            time.sleep(pause)

    def _due(self, at: float | None) -> float:
        if self._rate is not None:
            return self._started + self._sent / self._rate
        if self._speed is not None and at is not None:
            if self._first_at is None:
                self._first_at = at
                self._started = time.monotonic()
            return self._started + (at - self._first_at) / self._speed
        return 0.0
