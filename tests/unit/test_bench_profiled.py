"""The profile that says where a worker's time goes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from bench.profiled import START, STOP, Sampler, summary


def spin(seconds: float) -> int:
    """Uses the processor, in this very function."""
    end = time.process_time() + seconds
    turns = 0
    while time.process_time() < end:
        turns += 1
    return turns


def test_time_is_counted_for_the_function_that_uses_it(tmp_path: Path) -> None:
    kept = {number: signal.getsignal(number) for number in (signal.SIGPROF, START, STOP)}
    file = tmp_path / "stacks.txt"
    try:
        Sampler(file).install()
        os.kill(os.getpid(), START)
        spin(0.5)
        os.kill(os.getpid(), STOP)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    (top, share), *_ = summary(file.read_text().splitlines())["own_share"].items()  # type: ignore[attr-defined]  # a dict
    assert top.endswith(":spin")
    assert share > 0.8


def test_shares_count_each_function_once_per_stack_and_leave_out_what_is_everywhere() -> None:
    made = summary(["a;b;b 3", "a;c 1"])
    assert made["samples"] == 4
    assert made["own_share"] == pytest.approx({"b": 0.75, "c": 0.25})
    assert made["including_callees_share"] == pytest.approx({"b": 0.75, "c": 0.25})
