"""What part of the week it is: what is liked on a workday's morning is not what is liked on a weekend's evening."""

from __future__ import annotations

from typing import Final

_DAY_S: Final = 24 * 3600
_PER_DAY: Final = 4
_THURSDAY: Final = 3
"""1 January 1970, with Monday as 0."""
_WEEKEND_FROM: Final = 5

PARTS: Final = 2 * _PER_DAY
"""Night, morning, afternoon, evening, of workdays and then of weekends."""


def part_of(at: float) -> int:
    """The part of the week that `at` (Unix s) lies in, by UTC: whoever lives elsewhere has other parts, as many."""
    day, second = divmod(at, _DAY_S)
    weekend = (day + _THURSDAY) % 7 >= _WEEKEND_FROM
    return _PER_DAY * weekend + int(second * _PER_DAY // _DAY_S)
