"""Reading a file that people write, for a verb that says whether it can be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from streams.verbs._failure import ExitCode, Failure

T = TypeVar("T")


def checked(file: Path, read: Callable[[Path], T], unusable: type[Exception]) -> T:
    """What `read` makes of the file. Raises Failure where there is none, or `read` raises `unusable`."""
    if not file.exists():
        raise Failure(f"there is no file {file}", ExitCode.NOT_FOUND)
    try:
        return read(file)
    except unusable as error:
        raise Failure(f"{file}: {error}") from error
