"""What the verbs show while they work, and how they end: progress and errors on standard error, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Update(Protocol):
    """`what` is being done, so much of it is, of so much; `note` stands beside the bar."""

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None: ...


def stop(error: Exception | str) -> typer.Exit:
    """One line; to be raised. Exit code 1."""
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)


@contextmanager
def progress() -> Iterator[Update]:
    """One bar for each thing named, in the order they come; nothing is drawn where standard error is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def update(what: str, done: int, total: int, note: str = "") -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total, note=note)
            bars.update(tasks[what], completed=done, total=total, note=note)

        yield update
