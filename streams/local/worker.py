"""A worker as a child process: its settings travel as UPWELL_* variables."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from streams.local.process import Child, Command
from streams.settings import Settings

RESTARTS_VARIABLE = "UPWELL_RESTARTS"


def variables(settings: Settings, *, defaults: bool = True) -> dict[str, str]:
    """The UPWELL_* variables that make another process use the same settings, whatever else it would find.

    Without `defaults` only what differs from them, for people to read. Relative folders become absolute, so that it
    does not matter where the other process runs.
    """
    found: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if value is None:  # what is not set has no variable
            continue
        if isinstance(value, Path):
            value = value.absolute()
        if not defaults and value == field.default:
            continue
        if isinstance(value, tuple | list | dict):
            text = json.dumps([str(Path(v).absolute()) if isinstance(v, Path) else v for v in value])
        else:
            text = str(value)
        found[f"UPWELL_{name.upper()}"] = text
    return found


class Worker:
    """One worker and its place: number, HTTP address, log. It outlives restarts."""

    def __init__(self, number: int, settings: Settings, argv: tuple[str, ...] | None = None) -> None:
        self.name = f"worker {number}"
        self.number = number
        self.settings = settings
        self._argv = argv or (sys.executable, "-m", "streams.cli", "worker", "--name", str(number))
        self.child = Child(self._command({}))

    @property
    def url(self) -> str:
        return f"http://{self.settings.web_host}:{self.settings.web_port}"

    def start(self, restarts: Mapping[str, int]) -> None:
        """Start it, anew if need be. It is told how often and why, for its metrics."""
        child = Child(self._command(restarts))
        child.start()
        self.child = child  # another thread may ask for its process id at any time

    def stop(self) -> None:
        self.child.stop()

    def _command(self, restarts: Mapping[str, int]) -> Command:
        return Command(
            name=self.name,
            argv=self._argv,
            log=self.settings.home.absolute() / "logs" / f"worker-{self.number}.log",
            environment={
                **variables(self.settings),
                RESTARTS_VARIABLE: json.dumps(dict(restarts)),
                # Several BLAS or OpenMP threads in each worker fight over few cores and are many times slower.
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONUNBUFFERED": "1",
            },
            # It finishes the batches in hand, commits, and leaves the group.
            grace_s=15.0,
        )
