"""What the launcher starts, it keeps up and leaves nothing of: on real Kafka, Milvus and Prometheus."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from streams.admin import open_admin
from streams.local import paths, runfile
from streams.local.commits import progress
from streams.local.errors import LocalError
from streams.local.launcher import Launcher, Plan
from streams.settings import Settings

Eventually = Callable[..., None]
FAKE = (sys.executable, str(Path(__file__).parents[1] / "integration" / "fake_worker.py"))
UP = """\
import sys, time
from pathlib import Path
from streams.local.launcher import Launcher, Plan
from streams.local.signals import one_interrupt
from streams.settings import Settings
settings = Settings(home=Path(sys.argv[1]), encoder="dummy", vector_index=sys.argv[2])
try:
    with one_interrupt(), Launcher(
        Plan(settings, workers=2, prometheus=sys.argv[2] == "milvus", worker_argv=tuple(sys.argv[3:]))
    ):
        while True:  # in short naps: a signal that another thread takes does not wake this one
            time.sleep(0.2)
except KeyboardInterrupt:
    print("stopped")
"""


def _processes_of(home: Path) -> list[psutil.Process]:
    """Everything alive that names the home folder on its command line or in its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), process.environ().get("UPWELL_HOME", "")]
            if process.status() != psutil.STATUS_ZOMBIE and any(str(home) in word for word in told):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture
def up(
    request: pytest.FixtureRequest, tmp_path: Path, eventually: Eventually
) -> Iterator[tuple[subprocess.Popen[bytes], runfile.Run]]:
    """A launcher in a process of its own with two fake workers and Kafka; with `milvus`, Prometheus as well; all up."""
    log = (tmp_path / "launcher.log").open("wb")
    argv = [sys.executable, "-c", UP, str(tmp_path), request.param, *FAKE]
    process = subprocess.Popen(argv, stdout=log, stderr=log)

    def is_up() -> bool:
        assert process.poll() is None, (tmp_path / "launcher.log").read_text()
        return runfile.read(tmp_path) is not None

    try:
        eventually(is_up, within_s=150)
        run = runfile.read(tmp_path)
        assert run is not None
        yield process, run
    finally:
        process.kill()
        process.wait()
        log.close()


@pytest.mark.parametrize("up", ["milvus"], indirect=True)
def test_sigkill_of_the_launcher_leaves_no_process(
    up: tuple[subprocess.Popen[bytes], runfile.Run], tmp_path: Path, eventually: Eventually
) -> None:
    launcher, run = up
    names = {part.name for part in run.parts}
    assert names >= {"Kafka broker 1", "Milvus"}
    assert ("Prometheus" in names) == (paths.prometheus() is not None)
    pids = [part.pid for part in (*run.parts, *run.workers)]
    assert all(psutil.pid_exists(pid) for pid in pids)
    launcher.kill()
    launcher.wait()  # one that is just dying has no command line any more, and is not gone yet
    eventually(lambda: not _processes_of(tmp_path))
    assert runfile.read(tmp_path) is None  # its file is still there, and is not believed


@pytest.mark.parametrize("up", ["memory"], indirect=True)
def test_workers_and_parts_come_back_and_a_stop_leaves_no_process(
    up: tuple[subprocess.Popen[bytes], runfile.Run], tmp_path: Path, eventually: Eventually
) -> None:
    launcher, run = up
    for victim in (run.workers[1].pid, run.parts[0].pid):
        os.kill(victim, signal.SIGKILL)

    def restarts() -> dict[str, dict[str, int]]:
        now = runfile.read(tmp_path)
        assert now is not None
        return {part.name: part.restarts for part in (*now.parts, *now.workers) if part.restarts}

    eventually(lambda: restarts() == {"worker 1": {"died": 1}, "Kafka broker 1": {"died": 1}})
    with pytest.raises(LocalError, match=f"pid {launcher.pid}"), Launcher(Plan(Settings(home=tmp_path))):
        pass  # two launchers on the same data would destroy them
    launcher.send_signal(signal.SIGTERM)
    launcher.send_signal(signal.SIGINT)  # an impatient second signal does not break off the stop
    assert launcher.wait(60) == 0
    assert _processes_of(tmp_path) == []
    assert not (tmp_path / runfile.NAME).exists()


def test_a_worker_that_lives_but_does_not_commit_is_restarted(
    tmp_path: Path, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kafka import KafkaProducer

    monkeypatch.setenv("FAKE_WORKER", "stuck")
    settings = Settings(home=tmp_path, vector_index="memory", encoder="dummy", stalled_after_s=3.0, partitions=2)
    with Launcher(Plan(settings, prometheus=False, worker_argv=FAKE)) as launcher:
        first = launcher.run.workers[0]
        producer = KafkaProducer(bootstrap_servers=launcher.settings.kafka)
        producer.send(f"{settings.topic_prefix}.behaviour", b"an event", partition=0).get(10)
        producer.close()
        eventually(lambda: bool(launcher.run.workers[0].restarts), within_s=60)
        again = launcher.run.workers[0]
        assert again.restarts == {"stalled": 1}
        assert again.pid != first.pid
        assert again.url == first.url
        with open_admin(launcher.settings.kafka) as admin:
            assert sum(progress(admin, settings.app_id).lag.values()) == 1


def test_a_worker_that_cannot_start_ends_the_launch_with_its_last_words(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, vector_index="memory", encoder="dummy")
    broken = (sys.executable, "-c", "raise SystemExit('Error: the moon is in the wrong place')")
    with pytest.raises(LocalError, match="wrong place"), Launcher(Plan(settings, prometheus=False, worker_argv=broken)):
        pass
    assert _processes_of(tmp_path) == []
