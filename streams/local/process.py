"""A child process in a group of its own: started, waited for with a deadline, and stopped for certain."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streams.local import attached
from streams.local.errors import PartFailed, PartMissing

POLL_S = 0.05
LOG_LIMIT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. `environment` is added to ours; `grace_s` is how long a stop may take before SIGKILL."""

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0


class Child:
    """One running command. Its group is killed as a whole, and the kernel kills it should this process die.

    Start it from a thread that outlives it (see attached.py).
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        self._popen: subprocess.Popen[bytes] | None = None
        self._asked = False

    def start(self) -> None:
        """Returns as soon as the process exists; raises PartMissing when the program is not there."""
        program = self.command.argv[0]
        if shutil.which(program) is None:
            raise PartMissing(f"{self.command.name}: {program} is not there; run `make setup`")
        self.command.log.parent.mkdir(parents=True, exist_ok=True)
        if self.command.log.exists() and self.command.log.stat().st_size > LOG_LIMIT_BYTES:
            self.command.log.replace(self.command.log.with_suffix(".log.old"))
        argv = [sys.executable, "-I", "-S", attached.__file__, str(os.getpid()), *self.command.argv]
        self._asked = False
        with self.command.log.open("ab") as log:
            self._popen = subprocess.Popen(  # noqa: S603  a fixed list, no shell
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.command.environment},
                cwd=self.command.folder,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        if self._popen is None:
            raise RuntimeError(f"{self.command.name} has not been started")
        return self._popen.pid

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """As subprocess gives it: negative for a signal, None while running or never started."""
        return self._popen.poll() if self._popen else None

    def wait(self, within_s: float) -> bool:
        """True when it has ended within the time."""
        if self._popen is None:
            return True
        try:
            self._popen.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_ready(self, ready: Callable[[], bool], within_s: float) -> None:
        """Return once `ready()` holds. Raises PartFailed, with the log's last words, if it ends or is late."""
        deadline = time.monotonic() + within_s
        while not ready():
            self.check_starting(deadline, within_s)
            self.wait(POLL_S)

    def check_starting(self, deadline: float, within_s: float) -> None:
        """Raises PartFailed if it has ended, or if the deadline (monotonic s) is over; then it is stopped as well."""
        if not self.running:
            raise PartFailed(f"{self.command.name} ended with {self._ending()} while starting; {self._last_words()}")
        if time.monotonic() > deadline:
            self.stop()
            raise PartFailed(f"{self.command.name} was not ready after {within_s:.0f} s; {self._last_words()}")

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once, so that several can leave side by side. Follow with `stop()`."""
        if self.running and not self._asked:
            self._asked = True
            self._signal(self.command.stop_signal)

    def stop(self) -> None:
        """Ask, wait, then kill the whole group. Returns when the process is gone; harmless when it already is."""
        if self._popen is None:
            return
        self.ask_to_stop()
        self.wait(self.command.grace_s)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to what is left of the group, the process itself included."""
        if self._popen is not None:
            self._signal(signal.SIGKILL)
            self._popen.wait()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return  # nobody is left in the group, which is what a stop wants

    def _ending(self) -> str:
        code = self.exit_code
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def _last_words(self) -> str:
        return f"its log says: {last_words(self.command.log)} (all of it: {self.command.log})"


def last_words(log: Path, limit: int = 300) -> str:
    """The last line of a log that tells of an error, or else its last line."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line.lower() for word in ("error", "fatal", "exception", "panic"))]
    return next(reversed(telling or lines), "nothing")[:limit]
