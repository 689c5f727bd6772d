"""The search for the highest rate held, against made-up machines whose limit is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.openloop import Outcome
from bench.sustained import highest_rate


def outcome(p99: float | None, unanswered: int = 0) -> Outcome:
    return Outcome(
        events=100,
        unanswered=unanswered,
        lists=100,
        degraded_lists=0,
        places_mean=10.0,
        latency_ms={"p50": p99, "p99": p99},
        answered_per_s=0.0,
        sender_late_ms_p99=0.0,
    )


def machine(limit: float, tried: list[tuple[float, float]]) -> Callable[[float, float], Outcome]:
    def attempt(rate: float, seconds: float) -> Outcome:
        tried.append((rate, seconds))
        return outcome(20.0 if rate <= limit else 5000.0)

    return attempt


def search(attempt: Callable[[float, float], Outcome], start: float = 500.0) -> float | None:
    return highest_rate(attempt, start=start, seconds=60.0, p99_below_ms=1000.0, ceiling=20_000.0)


@pytest.mark.parametrize("limit", [60.0, 499.0, 500.0, 1300.0, 7000.0])
def test_the_rate_found_is_below_the_limit_and_not_far(limit: float) -> None:
    found = search(machine(limit, []))
    assert found is not None
    assert 0.85 * limit <= found <= limit


def test_the_answer_was_held_for_the_whole_minute() -> None:
    tried: list[tuple[float, float]] = []
    found = search(machine(1300.0, tried))
    rate, seconds = tried[-1]
    assert rate == pytest.approx(found, abs=0.1)
    assert seconds == 60.0


def test_a_machine_that_holds_nothing_gives_no_figure() -> None:
    assert search(machine(0.0, [])) is None


def test_an_unanswered_event_means_not_held() -> None:
    assert search(lambda rate, seconds: outcome(5.0, unanswered=1)) is None


def test_a_rate_that_only_short_runs_hold_is_lowered() -> None:
    def tires(rate: float, seconds: float) -> Outcome:
        return outcome(20.0 if rate <= (900.0 if seconds > 30 else 1000.0) else 5000.0)

    found = search(tires)
    assert found is not None
    assert found <= 900.0


def test_a_rate_that_only_short_runs_hold_may_be_twice_what_a_minute_holds() -> None:
    def tires(rate: float, seconds: float) -> Outcome:
        return outcome(20.0 if rate <= (500.0 if seconds > 30 else 1000.0) else 5000.0)

    found = search(tires)
    assert found is not None
    assert 400.0 <= found <= 500.0


@pytest.mark.parametrize("limit", [0.0, 60.0, 700.0, 1e9])
def test_the_search_is_bounded(limit: float) -> None:
    tried: list[tuple[float, float]] = []
    search(machine(limit, tried))
    assert len(tried) <= 20
