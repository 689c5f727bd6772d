"""Make an event usable by clamping what is out of range, and name each clamp (a bounded set, fit for a metric)."""

from __future__ import annotations

import math
from enum import StrEnum

import msgspec

from streams.core.tuning import Tuning
from streams.events import Action, BehaviourEvent

MAX_STARS = 5.0


class Clamp(StrEnum):
    """What was changed."""

    TIME_IN_FUTURE = "time_in_future"
    TIME_TOO_OLD = "time_too_old"
    TIME_NOT_FINITE = "time_not_finite"
    VALUE_NOT_FINITE = "value_not_finite"
    VALUE_OUT_OF_RANGE = "value_out_of_range"


def clamped_time(time: float, now: float, tuning: Tuning) -> tuple[float, Clamp | None]:
    """A time (Unix s) inside [earliest_time, now + future_tolerance_s]; a time ahead of that becomes `now`."""
    if not math.isfinite(time):
        return now, Clamp.TIME_NOT_FINITE
    if time > now + tuning.future_tolerance_s:
        return now, Clamp.TIME_IN_FUTURE
    if time < tuning.earliest_time:
        return tuning.earliest_time, Clamp.TIME_TOO_OLD
    return time, None


def usable(event: BehaviourEvent, now: float, tuning: Tuning) -> tuple[BehaviourEvent, tuple[Clamp, ...]]:
    """The event with every field in range, and what was clamped.

    `now` should be the broker's timestamp of the record, so that a replay clamps alike.
    """
    clamps: list[Clamp] = []
    time, clamp = clamped_time(event.occurred_at, now, tuning)
    if clamp is not None:
        clamps.append(clamp)
    value = event.value
    if value is not None and not math.isfinite(value):
        value = None
        clamps.append(Clamp.VALUE_NOT_FINITE)
    elif value is not None and event.action is Action.RATING and not 0.0 <= value <= MAX_STARS:
        value = min(MAX_STARS, max(0.0, value))
        clamps.append(Clamp.VALUE_OUT_OF_RANGE)
    if not clamps:
        return event, ()
    return msgspec.structs.replace(event, occurred_at=time, value=value), tuple(clamps)
