"""Brings all parts up in order, keeps them up, and takes them down for certain."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

from streams.admin import create_topics, open_admin
from streams.local import probe, runfile
from streams.local.commits import Said, StallWatch, said_by
from streams.local.errors import LocalError
from streams.local.layout import Layout, lay_out
from streams.local.ports import PortMode
from streams.local.process import POLL_S, last_words
from streams.local.supervisor import Supervisor
from streams.local.worker import Worker, variables
from streams.settings import Settings

ANSWERS_WITHIN_S = 30.0  # a worker's first answer; its imports alone take seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start. `settings` are the workers'; addresses in them are replaced by those of the parts started here."""

    settings: Settings
    workers: int = 1
    brokers: int = 1
    ports: PortMode = "auto"
    prometheus: bool = True
    worker_argv: tuple[str, ...] | None = None
    """A program to run in place of `upwell worker`, with the worker's variables."""


@dataclass(frozen=True, slots=True)
class Step:
    """Progress, for people: `part` is `starting` or `up` (then `seconds` says how long it took) at `address`."""

    part: str
    state: str
    address: str = ""
    seconds: float = 0.0


Report = Callable[[Step], None]


class Launcher:
    """`with Launcher(plan) as up: ...` has everything running inside the block, and nothing left after it.

    Raises LocalError (a part is missing, failed, or a port is taken). Use it from the main thread.
    """

    def __init__(self, plan: Plan, report: Report = lambda _: None) -> None:
        self._plan = plan
        self._report = report
        self._stack = ExitStack()
        self._started_at = time.time()
        self.home = plan.settings.home.absolute()
        self.layout: Layout
        self.workers: list[Worker] = []
        self._supervisor = Supervisor(changed=self._publish)
        self._ended = threading.Event()
        self._complete = False
        self._publishing = threading.Lock()

    def __enter__(self) -> Self:
        # The client tells each lost connection at length; that a broker died is known from its process.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
        with ExitStack() as stack:
            stack.enter_context(self._only_one())
            stack.callback(runfile.remove, self.home)
            stack.callback(self._supervisor.stop)
            stack.callback(self._ended.set)
            self._bring_up()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def settings(self) -> Settings:
        """The plan's settings with the addresses of what runs."""
        return self.layout.settings

    @property
    def run(self) -> runfile.Run:
        """What is written to run.json, as of now."""
        me = psutil.Process()
        return runfile.Run(
            launcher=me.pid,
            launcher_started=me.create_time(),
            started_at=self._started_at,
            kafka=self.settings.kafka,
            milvus=self.settings.milvus if self.layout.milvus else None,
            triton=self.settings.triton if self.layout.triton else None,
            prometheus=self.layout.prometheus.url if self.layout.prometheus else None,
            topic_prefix=self.settings.topic_prefix,
            env=variables(self.settings, defaults=False),
            parts=[
                runfile.Part(
                    place.name,
                    place.child.pid,
                    place.address,
                    str(place.child.command.log),
                    self._supervisor.restarts(place.name),
                )
                for place in self.layout.places
            ],
            workers=[
                runfile.WorkerPart(
                    worker.name,
                    worker.child.pid,
                    worker.url.removeprefix("http://"),
                    str(worker.child.command.log),
                    self._supervisor.restarts(worker.name),
                    worker.url,
                )
                for worker in self.workers
            ],
        )

    def check(self) -> None:
        """Raises what stopped the supervision, if anything did. Call it now and then while waiting."""
        self._supervisor.check()

    def _bring_up(self) -> None:
        self.layout = lay_out(self._plan.settings, self._plan.brokers, self._plan.ports, self._plan.prometheus)
        self._start_parts()
        with open_admin(self.settings.kafka) as admin:
            create_topics(admin, self.settings)
        self._start_workers()
        self._complete = True
        self._publish()

    def _start_parts(self) -> None:
        begun = time.monotonic()
        waiting = list(self.layout.places)
        for place in waiting:
            self._report(Step(place.name, "starting", place.address))
        self._supervisor.start(waiting, keep=False)
        while waiting:
            for place in waiting.copy():
                if place.ready():
                    waiting.remove(place)
                    self._report(Step(place.name, "up", place.address, time.monotonic() - begun))
                else:
                    place.child.check_starting(begun + place.within_s, place.within_s)
            time.sleep(POLL_S)
        self._supervisor.keep()

    def _start_workers(self) -> None:
        begun = time.monotonic()
        self.workers = [
            Worker(number, settings, self._plan.worker_argv)
            for number, settings in enumerate(self.layout.worker_settings(self._plan.workers))
        ]
        for worker in self.workers:
            self._report(Step(worker.name, "starting", worker.url))
        if self.layout.prometheus:
            self.layout.prometheus.scrape(self._targets())
        self._supervisor.start(self.workers)
        for worker in self.workers:
            self._wait_worker(worker)
            self._report(Step(worker.name, "up", worker.url, time.monotonic() - begun))
        stalls = StallWatch(self.settings.kafka, self.settings.app_id, self.settings.stalled_after_s, self._said)
        watch = threading.Thread(
            target=stalls.watch, args=(self._ended, self._supervisor.restart_stalled), name="stalls", daemon=True
        )
        watch.start()

    def _wait_worker(self, worker: Worker, within_s: float = 120.0, deaths: int = 3) -> None:
        """A worker that dies once may be unlucky; one that keeps dying will not come up."""
        deadline = time.monotonic() + within_s
        while probe.text(f"{worker.url}/ready") is None:
            self.check()
            if self._supervisor.deaths_in_a_row(worker.name) >= deaths:
                self._give_up(worker, f"ended {deaths} times while starting")
            if time.monotonic() > deadline:
                self._give_up(worker, f"was not ready after {within_s:.0f} s")
            worker.child.wait(0.1)

    def _give_up(self, worker: Worker, what: str) -> None:
        log = worker.child.command.log
        raise LocalError(f"{worker.name} {what}; its log says: {last_words(log)} (all of it: {log})")

    def _targets(self) -> Mapping[str, Sequence[str]]:
        targets = {"upwell": [worker.url.removeprefix("http://") for worker in self.workers]}
        for part, server in (("milvus", self.layout.milvus), ("triton", self.layout.triton)):
            if server is not None:
                targets[part] = [server.metrics]
        return targets

    def _said(self) -> Mapping[str, Said | None]:
        return {worker.name: said_by(worker.url) or self._silent(worker) for worker in self.workers}

    def _silent(self, worker: Worker) -> Said | None:
        """What one that does not answer would say: nothing, or, just started, that it starts."""
        return Said(starting=True) if self._supervisor.up_for(worker.name) < ANSWERS_WITHIN_S else None

    def _publish(self) -> None:
        """From the thread that brings up and the one that supervises: the last to write knows the newest state."""
        with self._publishing:
            if self._complete:
                runfile.write(self.home, self.run)

    def _only_one(self) -> ExitStack:
        """Hold the home folder's lock: two launchers on the same data would destroy them."""
        self.home.mkdir(parents=True, exist_ok=True)
        stack = ExitStack()
        lock = stack.enter_context((self.home / "lock").open("a+"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            stack.close()
            raise LocalError(
                f"another launcher (pid {holder}) uses {self.home}; stop it, or give this one its own UPWELL_HOME"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return stack
