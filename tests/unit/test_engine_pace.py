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


@pytest.mark.parametrize(("per_s", "wait_ms"), [(120, 5), (150, 5), (315, 10), (465, 15), (1000, 20), (5000, 20)])
def test_a_busy_stream_waits_for_fuller_answers_longer_the_more_comes(per_s: int, wait_ms: int) -> None:
    assert drive(Pace(10), per_s, 5.0) == Fetch(65536, wait_ms)


@pytest.mark.parametrize("per_s", [120, 500, 5000])
def test_the_setting_bounds_the_wait(per_s: int) -> None:
    assert drive(Pace(2), per_s, 5.0) == Fetch(65536, 4)


def test_it_is_quiet_again_soon_after_a_burst() -> None:
    pace = Pace(10)
    drive(pace, 500, 5.0)
    assert pace.after(0, 5.2).min_bytes == 65536
    assert pace.after(0, 8.0) == Fetch(1, 10)
    assert pace.after(1, 8.5) == Fetch(1, 10)
