"""Verbs find the running system: options first, then variables, then what runs here, then the defaults."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from streams.local import runfile
from streams.verbs._connect import connect
from streams.verbs._failure import ExitCode, Failure


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("UPWELL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UPWELL_HOME", str(tmp_path))
    return tmp_path


def started(home: Path, *, launcher: int | None = None) -> None:
    """What `upwell up` leaves for others."""
    me = psutil.Process()
    worker = runfile.WorkerPart("worker-0", 1, "127.0.0.1:7001", "log", url="http://127.0.0.1:7001/")
    run = runfile.Run(
        launcher=launcher or me.pid,
        launcher_started=me.create_time(),
        started_at=0.0,
        kafka="127.0.0.1:7002",
        milvus="http://127.0.0.1:7003",
        triton=None,
        prometheus=None,
        topic_prefix="shop",
        env={"UPWELL_PARTITIONS": "7", "UPWELL_MEDIA_ROOTS": '["/media"]', "UPWELL_OF_TOMORROW": "x"},
        parts=[],
        workers=[worker],
    )
    runfile.write(home, run)


def test_with_nothing_running_the_defaults_count() -> None:
    found = connect()
    assert found.settings.kafka == "127.0.0.1:9092"
    assert found.workers == ("http://127.0.0.1:6066",)


def test_what_runs_here_is_found(home: Path) -> None:
    started(home)
    found = connect()
    assert found.settings.kafka == "127.0.0.1:7002"
    assert found.settings.milvus == "http://127.0.0.1:7003"
    assert found.settings.topic_prefix == "shop"
    assert found.settings.partitions == 7
    assert found.settings.media_roots == (Path("/media"),)
    assert found.workers == ("http://127.0.0.1:7001",)


def test_a_variable_counts_more_and_an_option_most(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started(home)
    monkeypatch.setenv("UPWELL_KAFKA", "variable:1")
    assert connect().settings.kafka == "variable:1"
    assert connect().settings.topic_prefix == "shop"
    assert connect(kafka="option:1").settings.kafka == "option:1"
    assert connect("http://elsewhere:1/").workers == ("http://elsewhere:1",)


def test_a_run_that_has_ended_does_not_count(home: Path) -> None:
    started(home, launcher=2**22 - 1)
    assert connect().settings.kafka == "127.0.0.1:9092"


def test_a_damaged_run_file_is_said(home: Path) -> None:
    (home / runfile.NAME).write_text("{", encoding="utf-8")
    with pytest.raises(Failure, match="is damaged") as caught:
        connect()
    assert caught.value.code == ExitCode.USAGE
