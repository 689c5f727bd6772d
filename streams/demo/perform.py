"""One demo from start to end: the parts come up, the data are played and shown, all goes down, a summary stays."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from streams.core.experiments.definition import Experiment, ExperimentsError, read_experiments
from streams.demo.board import Board
from streams.demo.display import display
from streams.demo.experiment import write_experiment
from streams.demo.run import Play, Target, run
from streams.demo.starting import starting
from streams.demo.summary import Summary, summarize
from streams.demo.view import View
from streams.local.errors import LocalError
from streams.local.launcher import Launcher, Plan
from streams.settings import Settings
from streams.views.experiments import read_file


@dataclass(frozen=True, slots=True)
class Stage:
    """How the demo is set up: the user's settings, how many workers, whom to watch (None: the liveliest), and where."""

    settings: Settings
    workers: int
    watch: str | None
    out: TextIO
    began: float

    @property
    def home(self) -> Path:
        """The demo's own data: apart from those of `upwell up`, and new at each start, so that every run is alike."""
        return self.settings.home.absolute() / "demo"


def perform(play: Play, stage: Stage) -> Summary:
    """Run the demo and return how it went. Raises LocalError when a part cannot be had."""
    board = Board(watch=stage.watch, chosen_from_lists=not play.replayed)
    with ExitStack() as stack:
        stack.enter_context(_only_one(stage.home.with_suffix(".lock")))
        stack.enter_context(_signals_end_in_order())
        shutil.rmtree(stage.home, ignore_errors=True)
        settings = _settings(play, stage)
        board.running = _experiments(settings)
        with starting(stage.out) as report:
            launcher = stack.enter_context(Launcher(Plan(settings, workers=stage.workers), report))
        stack.callback(_stopping, stage.out)
        streaming = time.time()
        target = Target(
            launcher.settings.kafka,
            launcher.settings.topic_prefix,
            [worker.url for worker in launcher.workers],
            launcher.check,
        )
        with display(board, lambda: _view(play, stage, launcher, board), out=stage.out) as screen:
            asyncio.run(run(play, target, board, screen.show, screen.every_s))
        ended = time.time()
        restarts = sum(sum(worker.restarts.values()) for worker in launcher.run.workers)
    return summarize(
        board,
        data=play.dataset.about.name,
        simulated=play.simulated,
        began=stage.began,
        streaming=streaming,
        ended=ended,
        restarts=restarts,
    )


def _settings(play: Play, stage: Stage) -> Settings:
    roots = (*stage.settings.media_roots, play.dataset.root)
    experiments = stage.settings.experiments_file or write_experiment(stage.home)
    return stage.settings.model_copy(
        update={"home": stage.home, "media_roots": roots, "experiments_file": experiments.absolute()}
    )


def _experiments(settings: Settings) -> tuple[Experiment, ...]:
    path = settings.experiments_file
    try:
        return () if path is None else read_experiments(read_file(path))
    except ExperimentsError as error:
        raise LocalError(f"{path}: {error}") from error


def _view(play: Play, stage: Stage, launcher: Launcher, board: Board) -> View:
    user = board.user_shown(time.time())
    return View(
        data=play.dataset.about.name,
        simulated=play.simulated,
        replayed=play.replayed,
        speed=play.speed,
        kafka=launcher.settings.kafka,
        prefix=launcher.settings.topic_prefix,
        prometheus=launcher.layout.prometheus.url if launcher.layout.prometheus else None,
        workers=tuple(worker.url for worker in launcher.workers),
        tail=f"UPWELL_HOME={shlex.quote(_short(stage.home))} {_program()} tail{f' --user {user}' if user else ''}",
    )


def _program() -> str:
    """How to call `upwell` from where the user is."""
    beside = Path(sys.executable).with_name("upwell")
    return "upwell" if shutil.which("upwell") else shlex.quote(_short(beside))


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


@contextmanager
def _signals_end_in_order() -> Iterator[None]:
    """SIGTERM acts as Ctrl-C does: an exception that takes everything down on its way."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    interrupt = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, interrupt)


def _stopping(out: TextIO) -> None:
    """From here to the end an impatient second Ctrl-C changes nothing: the parts are being stopped already."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    out.write("stopping\n")
    out.flush()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """A second demo from the same folder would wipe the first one's data."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(f"a demo runs from {lock.parent} already; stop it or set UPWELL_HOME") from None
        yield
