"""Where the time comes from: injected, so that rules stay pure and tests choose the hour."""

from typing import Protocol


class Clock(Protocol):
    """Seconds since the Unix epoch, UTC."""

    def now(self) -> float: ...
