"""Hours of the day in which nobody is disturbed, by the clock on the wall: `22:00-08:00`, over midnight or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FORM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From minute `start` of the day until before minute `end`, in a time zone."""

    start: int
    end: int
    zone: tzinfo

    def holds(self, now: float) -> bool:
        """Whether it is quiet at a time (Unix s). When clocks are put forward or back the wall clock decides."""
        local = datetime.fromtimestamp(now, self.zone)
        minute = local.hour * 60 + local.minute
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def quiet_hours(text: str, zone_name: str) -> QuietHours | None:
    """Read `22:00-08:00` and an IANA zone; None for an empty text. Raises ValueError in words for people."""
    zone = _zone(zone_name)
    if not text:
        return None
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("write quiet hours as 22:00-08:00, or leave them empty for none")
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if start == end:
        raise ValueError("quiet hours that begin when they end are none or all: leave them empty for none")
    return QuietHours(start, end, zone)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r} here: name one as in Europe/Berlin") from error
