"""`run.json` in the home folder: what runs where, for the other verbs and for tools."""

from __future__ import annotations

from pathlib import Path

import msgspec
import psutil

NAME = "run.json"


class Part(msgspec.Struct, frozen=True):
    """A running process. `restarts`: how often its place was filled anew, by cause (died, stalled)."""

    name: str
    pid: int
    address: str
    log: str
    restarts: dict[str, int] = {}


class WorkerPart(Part, frozen=True):
    """A worker; `url` is its HTTP server."""

    url: str = ""


class Run(msgspec.Struct, frozen=True):
    """One `upwell up`. `env` holds the UPWELL_* variables that make any other program use these parts."""

    launcher: int
    launcher_started: float
    started_at: float
    kafka: str
    milvus: str | None
    triton: str | None
    prometheus: str | None
    topic_prefix: str
    env: dict[str, str]
    parts: list[Part]
    workers: list[WorkerPart]

    @property
    def alive(self) -> bool:
        """Whether its launcher still runs. A launcher that was killed leaves its file behind."""
        try:
            process = psutil.Process(self.launcher)
            same = abs(process.create_time() - self.launcher_started) < 1.0
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def write(home: Path, run: Run) -> None:
    """Replace the file in one step, so that nobody reads half of it."""
    home.mkdir(parents=True, exist_ok=True)
    draft = home / f"{NAME}.draft"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    draft.replace(home / NAME)


def read(home: Path) -> Run | None:
    """The run of this home folder, or None when nothing runs. Raises msgspec.DecodeError on a damaged file."""
    try:
        found = msgspec.json.decode((home / NAME).read_bytes(), type=Run)
    except FileNotFoundError:
        return None
    return found if found.alive else None


def remove(home: Path) -> None:
    (home / NAME).unlink(missing_ok=True)
