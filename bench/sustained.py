"""The highest rate that is held: short probes find where it breaks, one long run confirms."""

from __future__ import annotations

from collections.abc import Callable

from bench.openloop import Outcome

Try = Callable[[float, float], Outcome]  # (events/s, seconds) -> outcome

_STEP = 1.4
_PROBE_S = 10.0
_BISECTIONS = 2
_BACK_OFF = 0.85
_CONFIRMATIONS = 6


def held(outcome: Outcome, p99_below_ms: float) -> bool:
    """Every event answered, and in time."""
    p99 = outcome.latency_ms["p99"]
    return outcome.unanswered == 0 and p99 is not None and p99 < p99_below_ms


def highest_rate(attempt: Try, *, start: float, seconds: float, p99_below_ms: float, ceiling: float) -> float | None:
    """Events/s held for `seconds` with p99 below the bound; None when not even the lowest tried was.

    At most about sixteen runs: up from `start` in steps of 1.4 (down when `start` fails), two halvings of the last
    step, then up to six confirmations, each 15 % lower than the one before: what holds for ten seconds may be twice
    what holds for sixty, since a backlog needs time to show.
    """

    def works(rate: float, for_s: float = _PROBE_S) -> bool:
        return held(attempt(rate, for_s), p99_below_ms)

    good, bad = _bracket(works, start, ceiling)
    for _ in range(_BISECTIONS):
        if bad is None or good is None:
            break
        middle = (good + bad) / 2
        good, bad = (middle, bad) if works(middle) else (good, middle)
    rate = good
    for _ in range(_CONFIRMATIONS):
        if rate is None:
            return None
        if works(rate, seconds):
            return round(rate, 1)
        rate *= _BACK_OFF
    return None


def _bracket(works: Callable[[float], bool], start: float, ceiling: float) -> tuple[float | None, float | None]:
    """The highest rate seen to work and the lowest seen to fail, next to each other; None where there is none."""
    rate = start
    if works(rate):
        while rate * _STEP <= ceiling:
            if not works(rate * _STEP):
                return rate, rate * _STEP
            rate *= _STEP
        return rate, None
    while rate / _STEP >= 1.0 and rate > start / 10:
        if works(rate / _STEP):
            return rate / _STEP, rate
        rate /= _STEP
    return None, rate
