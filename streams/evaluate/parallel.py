"""Trials on several cores: each in a process of its own, its progress told as it goes."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.queues import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
Tick = Callable[[int], object]
Work = Callable[[Tick], T]
_EVERY = 100  # events between two words about the progress

_told: SimpleQueue[int | None]  # in a child only


def side_by_side(work: Sequence[Work[T]], jobs: int, progress: Tick) -> Iterator[T]:
    """What each piece of work gives, in order. `progress` gets how many events all have done together."""
    if jobs == 1 or len(work) == 1:
        done = 0
        for one in work:
            before = done

            def tick(events: int, before: int = before) -> None:
                nonlocal done
                done = before + events
                if events % _EVERY == 0:
                    progress(done)

            yield one(tick)
        return
    # Spawned, not forked: a fork would inherit the locks of threads that models and BLAS have started.
    context = multiprocessing.get_context("spawn")
    told: SimpleQueue[int | None] = context.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(told, progress), daemon=True)
    listener.start()
    try:
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(told,)) as pool:
            yield from pool.map(_run, work)
    finally:
        told.put(None)
        listener.join()


def _listen(told: SimpleQueue[int | None], progress: Tick) -> None:
    done = 0
    while (events := told.get()) is not None:
        done += events
        progress(done)


def _start(told: SimpleQueue[int | None]) -> None:
    global _told  # noqa: PLW0603  what a pool's initializer is for
    _told = told


def _run(work: Work[T]) -> T:
    def tick(events: int) -> None:
        if events % _EVERY == 0:
            _told.put(_EVERY)

    return work(tick)
