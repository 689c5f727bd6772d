"""Waiting for a neighbour that does not answer: as long as it takes, and known to whoever watches for stalls."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import stamina

T = TypeVar("T")

SLOW_S = 5.0


class Patience:
    """Retries a call until it succeeds; backs off to five seconds, and ends only with the worker.

    `waiting` is true while a call has failed and not yet succeeded, or has been under way for longer than SLOW_S (a
    neighbour that hangs, refuses nothing): the stage stands still on purpose, and restarting its worker would not help.
    Every call has a deadline of its own, so this hides no stage that has stopped.
    """

    def __init__(self, unavailable: type[Exception], clock: Callable[[], float] = time.monotonic) -> None:
        self._unavailable = unavailable
        self._clock = clock
        self._failed = False
        self._since: float | None = None

    @property
    def waiting(self) -> bool:
        return self._failed or (self._since is not None and self._clock() - self._since > SLOW_S)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Around whatever asks a neighbour."""
        self._since = self._clock()
        try:
            yield
        finally:
            self._since = None
            self._failed = False

    async def until_done(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` returns in the end. Any error but `unavailable` surfaces at once."""
        with self.calling():
            async for attempt in stamina.retry_context(
                on=self._unavailable, attempts=None, timeout=None, wait_initial=0.2, wait_max=5.0
            ):
                with attempt:
                    self._failed = attempt.num > 1
                    return await call()
        raise AssertionError("unreachable: the retry has no end but success or another error")
