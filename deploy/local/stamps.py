"""Which steps are up to date: each leaves a stamp, the hash of what it was made from."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable
from pathlib import Path


def digest(inputs: Iterable[Path], *facts: str) -> str:
    """SHA-256 over the names and contents of files, the facts, this Python and this kind of machine."""
    found = hashlib.sha256()
    for fact in (sys.version, platform.machine(), *facts):
        found.update(fact.encode() + b"\0")
    for path in sorted(inputs):
        found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


class Stamps:
    """One small file per step in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fresh(self, step: str, wanted: str, results: Iterable[Path]) -> bool:
        """Whether the step was done from the same inputs and what it made is still there."""
        stamp = self._folder / step
        return stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and all(r.exists() for r in results)

    def forget(self, step: str) -> None:
        """Before a step begins: an interrupted one must not look done."""
        (self._folder / step).unlink(missing_ok=True)

    def mark(self, step: str, made_from: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / step).write_text(made_from, encoding="utf-8")
