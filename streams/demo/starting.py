"""Shows the parts coming up: a line for each that is up and, on a terminal, which ones are still awaited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

from streams.local.launcher import Step


@contextmanager
def starting(out: TextIO) -> Iterator[Callable[[Step], None]]:
    """The launcher's report, shown on `out`."""
    console = Console(file=out, highlight=False)
    awaited: dict[str, None] = {}
    with console.status("starting") as status:

        def report(step: Step) -> None:
            if step.state == "up":
                awaited.pop(step.part, None)
                console.print(Text(f"{step.part} up after {step.seconds:.1f} s at {step.address}"))
            else:
                awaited[step.part] = None
            status.update(Text(f"starting {', '.join(awaited)}" if awaited else "starting"))

        yield report
