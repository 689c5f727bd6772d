"""Places stay filled, with real processes in them."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from streams.local.errors import PartFailed, PartMissing
from streams.local.process import Child, Command
from streams.local.supervisor import Supervisor

Eventually = Callable[..., None]
SLEEP = "import time; time.sleep(600)"
WITH_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"
IGNORING = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"


def command(folder: Path, code: str, name: str = "place 0", grace_s: float = 5.0) -> Command:
    return Command(name, (sys.executable, "-c", code), folder / f"{name}.log", grace_s=grace_s)


class Place:
    """A place that runs Python code, and remembers what it was told at each start."""

    def __init__(self, folder: Path, code: str, name: str = "place 0") -> None:
        self.name = name
        self.child = Child(command(folder, code, name))
        self.told: list[dict[str, int]] = []

    def start(self, restarts: Mapping[str, int]) -> None:
        self.told.append(dict(restarts))
        self.child.start()

    def stop(self) -> None:
        self.child.stop()


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(**options: object) -> Supervisor:
        made.append(Supervisor(**options))  # type: ignore[arg-type]  # options are the class's own
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop()


def test_a_place_that_is_killed_is_filled_again(
    tmp_path: Path, supervise: Callable[..., Supervisor], eventually: Eventually
) -> None:
    place, now = Place(tmp_path, SLEEP), [0.0]
    supervisor = supervise(clock=lambda: now[0])
    supervisor.start([place])
    first, now[0] = place.child.pid, 100.0
    assert supervisor.up_for("place 0") == 100.0
    os.kill(first, signal.SIGKILL)
    eventually(lambda: supervisor.restarts("place 0") == {"died": 1})
    eventually(lambda: place.child.running and place.child.pid != first)
    eventually(lambda: supervisor.up_for("place 0") == 0.0)
    assert place.told == [{}, {"died": 1}]


def test_a_place_that_stalls_is_filled_anew(
    tmp_path: Path, supervise: Callable[..., Supervisor], eventually: Eventually
) -> None:
    place, other = Place(tmp_path, SLEEP), Place(tmp_path, SLEEP, "place 1")
    supervisor = supervise()
    supervisor.start([place, other])
    first, second = place.child.pid, other.child.pid
    supervisor.restart_stalled("place 0")
    eventually(lambda: supervisor.restarts("place 0") == {"stalled": 1})
    assert place.child.pid != first
    eventually(lambda: place.child.running and not psutil.pid_exists(first))
    assert other.child.pid == second


def test_a_place_that_cannot_start_is_not_tried_all_the_time(
    tmp_path: Path, supervise: Callable[..., Supervisor], eventually: Eventually
) -> None:
    now = [0.0]
    place = Place(tmp_path, "raise SystemExit(3)")
    supervisor = supervise(clock=lambda: now[0])
    supervisor.start([place])
    # The second death waits for a second of the clock, which stands still.
    eventually(lambda: supervisor.deaths_in_a_row("place 0") == 2 and not place.child.running)
    assert (len(place.told), supervisor.restarts("place 0")) == (2, {"died": 1})
    now[0] = 1.5
    eventually(lambda: len(place.told) == 3)


def test_stopping_leaves_nobody_of_the_group(
    tmp_path: Path, supervise: Callable[..., Supervisor], eventually: Eventually
) -> None:
    place = Place(tmp_path, WITH_CHILD)
    supervisor = supervise()
    supervisor.start([place])
    eventually(lambda: len(psutil.Process(place.child.pid).children()) == 1)
    family = [place.child.pid, psutil.Process(place.child.pid).children()[0].pid]
    supervisor.stop()
    eventually(lambda: not any(_lives(pid) for pid in family))


def test_who_ignores_a_stop_is_killed(tmp_path: Path, eventually: Eventually) -> None:
    child = Child(command(tmp_path, IGNORING, grace_s=0.2))
    child.start()
    eventually(lambda: "deaf" in child.command.log.read_text())
    child.stop()
    assert child.exit_code == -signal.SIGKILL


def test_a_start_that_fails_tells_the_logs_last_words(tmp_path: Path) -> None:
    child = Child(command(tmp_path, "print('Error: no disk', flush=True); raise SystemExit(3)"))
    child.start()
    with pytest.raises(
        PartFailed, match=r"place 0 ended with exit code 3 while starting; its log says: Error: no disk"
    ):
        child.wait_ready(lambda: False, within_s=30)


def test_a_start_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    child = Child(command(tmp_path, SLEEP))
    child.start()
    with pytest.raises(PartFailed, match="was not ready after 0 s"):
        child.wait_ready(lambda: False, within_s=0.1)
    assert not child.running


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    child = Child(Command("Nothing", (str(tmp_path / "nothing"),), tmp_path / "log"))
    with pytest.raises(PartMissing, match="make setup"):
        child.start()


def test_children_end_with_a_launcher_that_is_killed(tmp_path: Path, eventually: Eventually) -> None:
    launcher = tmp_path / "launcher.py"
    launcher.write_text(
        "import json, sys\n"
        "from pathlib import Path\n"
        "from streams.local.process import Child, Command\n"
        f"folder = Path({str(tmp_path)!r})\n"
        f"children = [Child(Command(str(n), (sys.executable, '-c', {SLEEP!r}), folder / 'log')) for n in range(3)]\n"
        "[child.start() for child in children]\n"
        "print(json.dumps([child.pid for child in children]), flush=True)\n"
        "sys.stdin.read()\n"
    )
    import subprocess

    with subprocess.Popen(
        [sys.executable, str(launcher)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pids: list[int] = json.loads(process.stdout.readline())
        assert all(_lives(pid) for pid in pids)
        process.kill()
    eventually(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    """A zombie has ended; that nobody has read its exit code is the business of who started it."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
