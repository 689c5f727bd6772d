from __future__ import annotations

import math

import pytest
from core_builders import NOW, event

from streams.core.clamp import Clamp, usable
from streams.core.tuning import Tuning
from streams.events import Action

TUNING = Tuning()


def test_a_good_event_comes_back_untouched() -> None:
    good = event("e", at=NOW - 5)
    assert usable(good, NOW, TUNING) == (good, ())


@pytest.mark.parametrize(
    ("at", "clamped_to", "clamp"),
    [
        (NOW + 86_400, NOW, Clamp.TIME_IN_FUTURE),
        (0.0, TUNING.earliest_time, Clamp.TIME_TOO_OLD),
        (-1e18, TUNING.earliest_time, Clamp.TIME_TOO_OLD),
        (math.nan, NOW, Clamp.TIME_NOT_FINITE),
        (math.inf, NOW, Clamp.TIME_NOT_FINITE),
    ],
)
def test_impossible_times_are_clamped_and_named(at: float, clamped_to: float, clamp: Clamp) -> None:
    fixed, clamps = usable(event("e", at=at), NOW, TUNING)
    assert fixed.occurred_at == clamped_to
    assert clamps == (clamp,)


def test_a_clock_a_little_ahead_is_tolerated() -> None:
    ahead = event("e", at=NOW + TUNING.future_tolerance_s - 1)
    assert usable(ahead, NOW, TUNING) == (ahead, ())


@pytest.mark.parametrize(
    ("value", "clamped_to", "clamp"),
    [
        (9.0, 5.0, Clamp.VALUE_OUT_OF_RANGE),
        (-1.0, 0.0, Clamp.VALUE_OUT_OF_RANGE),
        (math.nan, None, Clamp.VALUE_NOT_FINITE),
        (math.inf, None, Clamp.VALUE_NOT_FINITE),
    ],
)
def test_impossible_stars_are_clamped_and_named(value: float, clamped_to: float | None, clamp: Clamp) -> None:
    fixed, clamps = usable(event("e", action=Action.RATING, value=value), NOW, TUNING)
    assert fixed.value == clamped_to
    assert clamps == (clamp,)


def test_the_value_of_another_action_may_be_anything_finite() -> None:
    watched = event("e", action=Action.VIEW, value=1234.5)
    assert usable(watched, NOW, TUNING) == (watched, ())


def test_two_faults_give_two_clamps() -> None:
    _, clamps = usable(event("e", action=Action.RATING, value=7.0, at=0.0), NOW, TUNING)
    assert clamps == (Clamp.TIME_TOO_OLD, Clamp.VALUE_OUT_OF_RANGE)
