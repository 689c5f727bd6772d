"""Progress of long work on standard error: bars where that is a terminal, a line per remark where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich import progress as bars
from rich.console import Console


class Told(Protocol):
    """What, how many are done, of how many, and a remark that replaces the one before."""

    def __call__(self, what: str, done: int, total: int, remark: str = "") -> None: ...


@contextmanager
def shown(*, enabled: bool = True) -> Iterator[Told]:
    """Gives what to call as the work goes on; every new `what` is a bar of its own."""
    console = Console(stderr=True, highlight=False, markup=False)
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn())
    times = (bars.TimeElapsedColumn(), bars.TimeRemainingColumn())
    quiet = not (enabled and console.is_terminal)
    with bars.Progress(*columns, *times, console=console, disable=quiet) as display:
        tasks: dict[str, bars.TaskID] = {}
        remarks: dict[str, str] = {}

        def told(what: str, done: int, total: int, remark: str = "") -> None:
            if what not in tasks:
                tasks[what] = display.add_task(what, total=total)
            display.update(tasks[what], description=f"{what} {remark}".rstrip(), completed=done, total=total)
            if enabled and not console.is_terminal and remark != remarks.get(what, ""):
                console.print(f"{what} {done}/{total}: {remark}")
            remarks[what] = remark

        yield told
