"""Waiting for a neighbour that does not answer: as long as it takes, and known to whoever watches for stalls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

T = TypeVar("T")


class Patience:
    """Retries a call until it succeeds; backs off to five seconds, and ends only with the worker.

    `waiting` is true while a call has failed and not yet succeeded: the stage stands still on purpose, and restarting
    its worker would not help.
    """

    def __init__(self, unavailable: type[Exception]) -> None:
        self._unavailable = unavailable
        self.waiting = False

    async def until_done(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` returns in the end. Any error but `unavailable` surfaces at once."""
        try:
            async for attempt in stamina.retry_context(
                on=self._unavailable, attempts=None, timeout=None, wait_initial=0.2, wait_max=5.0
            ):
                with attempt:
                    self.waiting = attempt.num > 1
                    return await call()
        finally:
            self.waiting = False
        raise AssertionError("unreachable: the retry has no end but success or another error")
