"""A quiet stream is answered at once; a busy one in fuller answers, never later than the setting says."""

from __future__ import annotations

import pytest

from streams.engine.pace import Fetch, Pace


def drive(pace: Pace, per_s: int, seconds: float, start: float = 0.0) -> Fetch:
    """The last answer of a steady rate, one record at a time."""
    answer = pace.after(0, start)
    for number in range(int(per_s * seconds)):
        answer = pace.after(1, start + number / per_s)
    return answer


@pytest.mark.parametrize("per_s", [1, 10, 60])
def test_a_quiet_stream_is_answered_with_the_first_record(per_s: int) -> None:
    assert drive(Pace(10), per_s, 5.0) == Fetch(1, 10)


@pytest.mark.parametrize("per_s", [200, 500])
def test_a_busy_stream_waits_a_little_for_fuller_answers(per_s: int) -> None:
    assert drive(Pace(10), per_s, 5.0) == Fetch(65536, 5)


@pytest.mark.parametrize("per_s", [700, 5000])
def test_in_a_rush_it_waits_longer(per_s: int) -> None:
    assert drive(Pace(20), per_s, 5.0) == Fetch(65536, 10)


def test_the_setting_bounds_the_wait() -> None:
    assert drive(Pace(2), 500, 5.0) == Fetch(65536, 2)
    assert drive(Pace(2), 5000, 5.0) == Fetch(65536, 2)


def test_it_is_quiet_again_soon_after_a_burst() -> None:
    pace = Pace(10)
    drive(pace, 500, 5.0)
    assert pace.after(0, 5.2) == Fetch(65536, 5)
    assert pace.after(0, 8.0) == Fetch(1, 10)
    assert pace.after(1, 8.5) == Fetch(1, 10)
