"""The demo as a user runs it: one command, real parts, lists pushed, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from kit.processes import processes_of
from PIL import Image

from streams.events import Action, BehaviourEvent, ContentEvent

ROOT = Path(__file__).resolve().parents[2]
UPWELL = Path(sys.executable).with_name("upwell")
SUBJECTS = ("dogs", "sailing", "chess", "volcanoes")
ITEMS, USERS, ACTS = 40, 10, 300
PATIENCE_S = 240.0
Eventually = Callable[..., None]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A small dataset with words, one picture, and behaviour of people who keep to a subject."""
    folder = tmp_path / "data"
    (folder / "media").mkdir(parents=True)
    Image.new("RGB", (64, 64), "green").save(folder / "media/0.png")
    items = [
        ContentEvent(
            f"i{n}",
            title=f"A film about {SUBJECTS[n % 4]}, part {n // 4}",
            tags=(SUBJECTS[n % 4],),
            image="media/0.png" if n == 0 else None,
            published_at=float(n),
        )
        for n in range(ITEMS)
    ]
    acts = [
        BehaviourEvent(f"e{n}", f"u{n % USERS}", f"i{4 * (n // USERS % 10) + n % 4}", Action.LIKE, 1000.0 + n)
        for n in range(ACTS)
    ]
    for name, events in (("content", items), ("behaviour", acts)):
        (folder / f"{name}.jsonl").write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home of the test's own; whatever still runs with it at the end is a failure, and is ended."""
    home = str(tmp_path / "home")
    yield {**os.environ, "UPWELL_HOME": home}
    left = processes_of(home)
    for process in left:
        process.kill()
    assert [process.pid for process in left] == []


def test_make_demo_replays_a_dataset_and_pushes_lists(films: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), "demo", "SECONDS=10", f"DATA={films}", "SPEED=40"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "real acts, replayed in their order; times are moved to now" in done.stdout
    assert "lists pushed to 10 users" in done.stdout
    assert "of 40 items encoded" in done.stdout
    assert "0 dead letters" in done.stdout
    assert "SIMULATED" not in done.stdout


def test_ctrl_c_ends_the_demo_with_a_summary(
    films: Path, environment: dict[str, str], tmp_path: Path, eventually: Eventually
) -> None:
    (films / "behaviour.jsonl").unlink()  # no acts: simulated visitors come
    view = tmp_path / "view.txt"
    with (
        view.open("w") as screen,
        subprocess.Popen(
            [UPWELL, "demo", "--data", str(films), "--speed", "50", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=screen,
            text=True,
        ) as demo,
    ):

        def acts_were_scored() -> bool:
            assert demo.poll() is None, view.read_text()
            return re.search(r"hit rate@10 \d", view.read_text()) is not None

        try:
            eventually(acts_were_scored, within_s=PATIENCE_S)
            demo.send_signal(signal.SIGINT)
            output, _ = demo.communicate(timeout=60)
        finally:
            demo.kill()
    summary = json.loads(output)
    assert demo.returncode == 0
    assert "SIMULATED VISITORS" in view.read_text()
    assert summary["simulated_visitors"] is True
    assert summary["lists_pushed"] > 0
    assert summary["items_encoded"] > 0
    assert summary["events_in"] == summary["events_sent"] > 0
    assert summary["dead_letters"] == {}
    assert summary["worker_restarts"] == 0
    assert summary["freshness_p50_ms"] > 0
    assert 0 <= summary["hit_rate_at_10"] <= 1


def test_ctrl_c_while_the_parts_come_up_leaves_nothing(films: Path, environment: dict[str, str]) -> None:
    demo = subprocess.Popen(
        [UPWELL, "demo", "--data", str(films)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE_S
    while len(processes_of(environment["UPWELL_HOME"])) < 3:
        assert time.monotonic() < deadline
        assert demo.poll() is None
        time.sleep(0.05)
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert "Traceback" not in errors
