"""Where the demo is shown: a live screen on a terminal, lines every few seconds anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.live import Live

from streams.demo.board import Board
from streams.demo.screen import plain_lines, render
from streams.demo.view import View

SCREEN_EVERY_S = 0.25
LINES_EVERY_S = 5.0
Show = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Display:
    """`show(elapsed seconds)` is to be called each `every_s`."""

    show: Show
    every_s: float


@contextmanager
def display(board: Board, view: Callable[[], View], *, out: TextIO = sys.stdout) -> Iterator[Display]:
    """The display fit for `out`. The terminal is as it was when the block ends, however it ends."""
    console = Console(file=out)
    if not console.is_terminal:
        first = view()
        _say(out, [first.data, first.banner, *(f"{label}: {address}" for label, address in first.places)])
        yield Display(lambda elapsed: _say(out, plain_lines(board, elapsed, time.time())), LINES_EVERY_S)
        return
    with Live(console=console, screen=True, auto_refresh=False, transient=True) as live:

        def show(elapsed: float) -> None:
            live.update(render(board, view(), elapsed, time.time()), refresh=True)

        yield Display(show, SCREEN_EVERY_S)


def _say(out: TextIO, lines: list[str]) -> None:
    out.write("\n".join(lines) + "\n")
    out.flush()
