"""Keeps places filled: whatever dies is started again, and what is said to stall is filled anew.

All children are started, watched and stopped by one thread that outlives them: the kernel ties a child to the thread
that started it (attached.py).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Protocol

from streams.local.process import Child

LOOK_EVERY_S = 0.1
STEADY_AFTER_S = 60.0
LONGEST_DELAY_S = 30.0


class Place(Protocol):
    """Something that must run. `start` is called again after each death, with the restarts so far by cause."""

    @property
    def name(self) -> str: ...
    @property
    def child(self) -> Child: ...
    def start(self, restarts: Mapping[str, int]) -> None: ...
    def stop(self) -> None: ...


def delay_before_restart(deaths_in_a_row: int) -> float:
    """Seconds: none at first, then 1, 2, 4 ... 30, so that what cannot start does not keep the machine busy."""
    return 0.0 if deaths_in_a_row <= 1 else min(LONGEST_DELAY_S, 2.0 ** (deaths_in_a_row - 2))


@dataclass(slots=True)
class _Watched:
    place: Place
    kept: bool
    restarts: Counter[str] = field(default_factory=Counter)
    deaths_in_a_row: int = 0
    started_at: float = 0.0
    due_at: float | None = None  # when to start again; None while it runs


@dataclass(frozen=True, slots=True)
class _Order:
    places: Sequence[Place]
    keep: bool
    done: threading.Event


class Supervisor:
    """`changed()` is called after every start, so that whoever publishes process ids can do so."""

    def __init__(
        self, *, changed: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._watched: dict[str, _Watched] = {}
        self._changed = changed
        self._clock = clock
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._orders: SimpleQueue[_Order] = SimpleQueue()
        self._stalled: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self, places: Iterable[Place], *, keep: bool = True) -> None:
        """Start these and keep them running from now on, or, without `keep`, from the call of `keep()` on.

        May be called again with more. Raises what a start raised.
        """
        done = threading.Event()
        self._orders.put(_Order(list(places), keep, done))
        if not self._thread.is_alive():
            self._thread.start()
        while not done.wait(LOOK_EVERY_S):
            self.check()
        self.check()

    def keep(self) -> None:
        """Keep everything running from now on. Before, a death at the start is left for the caller to see."""
        for watched in self._watched.values():
            watched.kept = True

    def restart_stalled(self, name: str) -> None:
        """Fill a place anew though it is alive, because it does not do its work. Returns at once; any thread."""
        self._stalled.put(name)

    def restarts(self, name: str) -> dict[str, int]:
        """How often a place was filled anew, by cause: `died` or `stalled`. One that waits to be filled is not yet."""
        watched = self._watched.get(name)
        return dict(watched.restarts) if watched else {}

    def deaths_in_a_row(self, name: str) -> int:
        """How often what filled a place died before it had run for a minute; the last time is counted at once."""
        watched = self._watched.get(name)
        return watched.deaths_in_a_row if watched else 0

    def up_for(self, name: str) -> float:
        """Seconds since a place was last filled; 0 for one that never was."""
        watched = self._watched.get(name)
        return self._clock() - watched.started_at if watched else 0.0

    def check(self) -> None:
        """Raises what stopped the supervisor, if anything did."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Stop everything, the last started first, and return when all are gone."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._obey()
                self._fill_places()
                self._restart_stalled()
                self._stop.wait(LOOK_EVERY_S)
        except BaseException as error:  # noqa: BLE001  handed to the thread that asked, by check()
            self._error = error
        finally:
            self._end()

    def _obey(self) -> None:
        while not self._orders.empty():
            order = self._orders.get()
            for place in order.places:
                place.start({})
                self._watched[place.name] = _Watched(place, order.keep, started_at=self._clock())
            self._changed()
            order.done.set()

    def _fill_places(self) -> None:
        for watched in self._watched.values():
            if not watched.kept:
                continue
            now = self._clock()
            if watched.due_at is None:
                if watched.place.child.running:
                    continue
                watched.place.child.kill()  # what is left of its group
                steady = now - watched.started_at > STEADY_AFTER_S
                watched.deaths_in_a_row = 1 if steady else watched.deaths_in_a_row + 1
                watched.due_at = now + delay_before_restart(watched.deaths_in_a_row)
            if now >= watched.due_at:
                self._start_again(watched, "died")

    def _restart_stalled(self) -> None:
        while not self._stalled.empty():
            watched = self._watched[self._stalled.get()]
            if watched.due_at is None and watched.place.child.running:
                watched.place.child.kill()  # it does not do its work, so it is not trusted to leave in order
                self._start_again(watched, "stalled")

    def _start_again(self, watched: _Watched, cause: str) -> None:
        """Counted when the place is filled: whoever sees the new count sees the new process too."""
        restarts = watched.restarts + Counter({cause: 1})
        watched.place.start(dict(restarts))
        watched.restarts = restarts
        watched.started_at = self._clock()
        watched.due_at = None
        self._changed()

    def _end(self) -> None:
        """Kinds stop in reverse order of their start; the like of each other (`worker 0`, `worker 1`) side by side."""
        kinds: dict[str, list[Place]] = {}
        for watched in list(self._watched.values())[::-1]:
            kinds.setdefault(watched.place.name.rsplit(" ", 1)[0], []).append(watched.place)
        for places in kinds.values():
            for place in places:
                place.child.ask_to_stop()
            for place in places:
                place.stop()
