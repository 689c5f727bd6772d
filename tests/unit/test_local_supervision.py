"""Who is blamed for a stall, and how long a restart waits."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from streams.local import runfile
from streams.local.commits import Said, StallWatch, blame, excused
from streams.local.launcher import ANSWERS_WITHIN_S, Launcher, Plan
from streams.local.ports import Ports
from streams.local.supervisor import delay_before_restart
from streams.local.worker import Worker
from streams.observe.health import Progress
from streams.settings import Settings

A, B = ("behaviour", 0), ("behaviour", 1)
ITEMS = ("items", 0)


def test_the_first_restart_is_at_once_and_later_ones_wait_longer_up_to_a_bound() -> None:
    assert [delay_before_restart(deaths) for deaths in range(1, 9)] == [0, 1, 2, 4, 8, 16, 30, 30]


def test_the_worker_that_has_a_stuck_partition_is_blamed() -> None:
    assert blame([A], {"worker 0": [A], "worker 1": [B]}) == {"worker 0"}


def test_a_silent_worker_is_blamed_for_what_nobody_else_has() -> None:
    assert blame([A], {"worker 0": None, "worker 1": [B]}) == {"worker 0"}


def test_a_silent_worker_is_not_blamed_for_what_another_has() -> None:
    assert blame([B], {"worker 0": None, "worker 1": [B]}) == {"worker 1"}


def test_everybody_is_blamed_for_what_nobody_has() -> None:
    assert blame([A], {"worker 0": [], "worker 1": [B]}) == {"worker 0", "worker 1"}


def _says(*partitions: tuple[str, int], waiting: str = "") -> Said:
    had = [{"topic": topic, "partition": number} for topic, number in partitions]
    return msgspec.convert({"partitions": had, "waiting": [waiting] if waiting else []}, Said)


def test_a_stage_that_waits_for_its_neighbour_is_no_stall_and_one_beside_it_is() -> None:
    now, said = [0.0], {"worker 0": _says(A, ITEMS, waiting="items")}
    watch = StallWatch("", "", 3.0, lambda: said, clock=lambda: now[0])
    nothing_moves = Progress({ITEMS: 5, A: 9}, {ITEMS: 1, A: 0})
    for now[0] in range(10):
        assert watch.judge(nothing_moves) == set()
    both_lag = Progress({ITEMS: 5, A: 9}, {ITEMS: 1, A: 1})
    assert {"worker 0"} in [watch.judge(both_lag) for now[0] in range(10, 15)]


def test_a_stage_whose_neighbour_is_back_has_its_time_before_it_counts_as_stalled() -> None:
    now, said = [0.0], {"worker 0": _says(ITEMS, waiting="items")}
    watch = StallWatch("", "", 3.0, lambda: said, clock=lambda: now[0])
    stands = Progress({ITEMS: 5}, {ITEMS: 1})
    for now[0] in range(10):
        watch.judge(stands)
    said["worker 0"] = _says(ITEMS)
    assert [watch.judge(stands) for now[0] in range(10, 15)] == [set(), set(), set(), set(), {"worker 0"}]


def test_a_worker_that_waits_excuses_no_other_that_does_not() -> None:
    said = {"worker 0": _says(A, waiting="items"), "worker 1": _says(ITEMS), "worker 2": None}
    assert not excused(ITEMS, said)
    assert excused(("items", 7), said)  # nobody lists it: it was never committed
    assert not excused(B, said)


def test_what_nobody_has_while_a_worker_still_reads_its_views_is_no_stall_and_what_another_has_is() -> None:
    now, said = [0.0], {"worker 0": Said(starting=True), "worker 1": _says(B)}
    watch = StallWatch("", "", 3.0, lambda: said, clock=lambda: now[0])
    for now[0] in range(10):
        assert watch.judge(Progress({A: 5, B: 9}, {A: 1, B: 0})) == set()
    assert {"worker 1"} in [watch.judge(Progress({A: 5, B: 9}, {A: 1, B: 1})) for now[0] in range(10, 15)]
    said["worker 0"] = Said()
    assert {"worker 0", "worker 1"} in [watch.judge(Progress({A: 5}, {A: 1})) for now[0] in range(15, 20)]


def test_a_worker_that_has_just_been_started_has_time_for_its_first_answer(
    tmp_path: Path, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, web_port=ports.free())
    launcher = Launcher(Plan(settings))
    launcher.workers = [Worker(0, settings)]
    monkeypatch.setattr(launcher._supervisor, "up_for", {"worker 0": ANSWERS_WITHIN_S - 1}.__getitem__)
    assert launcher._said() == {"worker 0": Said(starting=True)}
    monkeypatch.setattr(launcher._supervisor, "up_for", {"worker 0": ANSWERS_WITHIN_S + 1}.__getitem__)
    assert launcher._said() == {"worker 0": None}


def _run(launcher: int, started: float) -> runfile.Run:
    return runfile.Run(launcher, started, 0.0, "k", None, None, None, "upwell", {}, [], [])


def test_a_run_whose_launcher_is_gone_does_not_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    import psutil

    home = tmp_path_factory.mktemp("home")
    me = psutil.Process()
    assert runfile.read(home) is None
    runfile.write(home, _run(me.pid, me.create_time()))
    assert runfile.read(home) == _run(me.pid, me.create_time())
    runfile.write(home, _run(me.pid, me.create_time() - 1000))  # another process had the number before
    assert runfile.read(home) is None
    runfile.remove(home)
    assert runfile.read(home) is None


def test_a_damaged_run_file_is_not_taken_for_no_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / runfile.NAME).write_text("{")
    with pytest.raises(msgspec.DecodeError):
        runfile.read(home)
