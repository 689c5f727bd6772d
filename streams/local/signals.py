"""Ctrl-C, SIGTERM and a closed terminal end a run in one and the same way, once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Inside the block the first such signal raises KeyboardInterrupt and later ones are ignored.

    A second Ctrl-C would otherwise break off the orderly stop that the first one began.
    """
    begun = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal begun
        if not begun:
            begun = True
            raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
