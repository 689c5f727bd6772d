"""Small services that hold the order in which a worker starts and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from mode import Service

from streams.views.follower import Follower

log = structlog.get_logger()


class CaughtUp(Service):
    """Starts when the views have read what was there, and holds back the agents, which start after it."""

    abstract = False
    mundane_level = "debug"

    def __init__(self, followers: Sequence[Follower]) -> None:
        super().__init__()
        self._followers = followers

    async def on_start(self) -> None:
        for follower in self._followers:
            await follower.caught_up.wait()
            log.info("view_caught_up", topic=follower.topic, records=follower.entries_seen)


class Closing(Service):
    """Stops last and closes what the adapters hold open."""

    abstract = False
    mundane_level = "debug"

    def __init__(self, closes: Sequence[Callable[[], Awaitable[None]]]) -> None:
        super().__init__()
        self._closes = closes

    async def on_stop(self) -> None:
        await asyncio.gather(*(close() for close in self._closes))
