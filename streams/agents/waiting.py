"""Waiting for a neighbour that does not answer: as long as it takes, and known to whoever watches for stalls."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import stamina

T = TypeVar("T")

_SLOW_S = 5.0
_SHARE = 1 / 3  # of the time after which a stage counts as stalled: what is left is for the watch to look again


def slow_after(stalled_after_s: float) -> float:
    """How long a stage may be at its neighbours before it says that it waits (s): well before it counts as stalled."""
    return min(_SLOW_S, _SHARE * stalled_after_s)


def without_end(unavailable: type[Exception]) -> AsyncIterable[stamina.Attempt]:
    """Attempts until one succeeds, backing off to five seconds."""
    return stamina.retry_context(on=unavailable, attempts=None, timeout=None, wait_initial=0.2, wait_max=5.0)


class Patience:
    """Retries a call until it succeeds, and ends only with the worker. One per stage.

    `waiting` is true while a call has failed and not yet succeeded, or is under way in a batch that has taken longer
    than `slow_after_s` (a neighbour that hangs, refuses nothing): the stage stands still on purpose, and restarting its
    worker would not help. Every call has a deadline of its own, and outside of calls nobody waits, so this hides no
    stage that has stopped.
    """

    def __init__(
        self, unavailable: type[Exception], slow_after_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._unavailable = unavailable
        self._slow_after_s = slow_after_s
        self._clock = clock
        self._failed = False
        self._calls = 0
        self._since = 0.0
        self._batch_since: float | None = None

    @property
    def waiting(self) -> bool:
        return self._calls > 0 and (self._failed or self._clock() - self._since > self._slow_after_s)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Around a batch, which may ask many times: nothing is committed before its end, so its calls count as one."""
        self._batch_since = self._clock()
        try:
            yield
        finally:
            self._batch_since = None

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Around whatever asks a neighbour; may be nested."""
        if not self._calls:
            self._since = self._clock() if self._batch_since is None else self._batch_since
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1

    async def until_done(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` returns in the end. Any error but `unavailable` surfaces at once."""
        with self.calling():
            try:
                async for attempt in without_end(self._unavailable):
                    with attempt:
                        self._failed = attempt.num > 1
                        return await call()
            finally:
                self._failed = False
        raise AssertionError("unreachable: the retry has no end but success or another error")
