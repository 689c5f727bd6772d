"""Plays a dataset into running parts and shows what comes out, until the time is over or somebody stops it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.datasets.folder import Dataset
from streams.demo.board import Board
from streams.demo.feeds import entertain, replay, until
from streams.demo.listener import listen
from streams.demo.scrape import Totals, keep_scraping, scrape
from streams.demo.sender import Sender

LAST_LISTS_S = 3.0  # after the last act of a dataset, this long without a list ends the demo
HEARD_WITHIN_S = 5.0  # what was sent before the end is counted as come in when it comes within this time
STOPPED_BY = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Play:
    """What to play: `speed` in acts per second, `seconds` of it (None: until stopped or the dataset's end)."""

    dataset: Dataset
    speed: float
    seconds: float | None
    seed: int

    @property
    def replayed(self) -> bool:
        """Whether the dataset's own behaviour is played; without any, simulated visitors are let in."""
        return self.dataset.has_behaviour

    @property
    def simulated(self) -> bool:
        return not self.replayed or self.dataset.about.simulated


@dataclass(frozen=True, slots=True)
class Target:
    """Where to play it: Kafka's bootstrap servers, the topics' prefix, the workers' base URLs.

    `check` is called now and then and raises when the parts cannot be kept up.
    """

    kafka: str
    prefix: str
    workers: Sequence[str]
    check: Callable[[], None] = lambda: None


async def run(play: Play, target: Target, board: Board, show: Callable[[float], None], every_s: float) -> None:
    """Fill `board` and call `show(elapsed seconds)` each `every_s` until the end; a signal ends it early and in order.

    Raises KafkaError when the broker cannot be used, and what `target.check` raises.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOPPED_BY:
        loop.add_signal_handler(number, stop.set)
    totals = Totals()
    try:
        async with Sender(target.kafka, target.prefix, board) as sender, asyncio.TaskGroup() as group:
            feed = group.create_task(
                replay(sender, board, play.dataset, play.speed)
                if play.replayed
                else entertain(sender, board, play.dataset, play.speed, play.seed)
            )
            others = [
                group.create_task(listen(target.kafka, target.prefix, board)),
                group.create_task(keep_scraping(target.workers, totals, board.quality)),
                group.create_task(_keep_showing(show, every_s, target.check)),
            ]
            await _end(stop, feed, board, play.seconds)
            feed.cancel()
            await until(lambda: board.events_in >= board.events_sent, HEARD_WITHIN_S)  # else the last ones look lost
            for task in others:
                task.cancel()
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several  # one line is for people; --debug shows them all
    finally:
        for number in STOPPED_BY:
            loop.remove_signal_handler(number)
    await scrape(target.workers, totals, board.quality)


async def _keep_showing(show: Callable[[float], None], every_s: float, check: Callable[[], None]) -> None:
    start = time.monotonic()
    while True:
        check()
        show(time.monotonic() - start)
        await asyncio.sleep(every_s)


async def _end(stop: asyncio.Event, feed: asyncio.Task[None], board: Board, seconds: float | None) -> None:
    """Return when stopped, when the time is over, or when the dataset is and its last lists have come."""
    stopped = asyncio.create_task(stop.wait())
    over = asyncio.create_task(_played_out(feed, board))
    try:
        await asyncio.wait((stopped, over), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        over.cancel()


async def _played_out(feed: asyncio.Task[None], board: Board) -> None:
    await asyncio.wait((feed,))
    seen = -1
    while seen != board.lists_out + board.items_encoded:
        seen = board.lists_out + board.items_encoded
        await asyncio.sleep(LAST_LISTS_S)
