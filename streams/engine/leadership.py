"""Leads whoever holds one partition of a topic: the group elects, and no lock beside it can disagree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from faust.exceptions import ConsumerNotStarted
from faust.types import TP

if TYPE_CHECKING:
    import faust

    from streams.engine.outbox import Outbox

_Term = tuple[int, int]


class Leadership:
    """Ask `holds` at any time. What is sent is sent for a term, which ends with every rebalance."""

    def __init__(self, app: faust.App, topic: str, partition: int) -> None:
        self._app = app
        self._tp = TP(topic, partition)

    @property
    def holds(self) -> bool:
        app = self._app
        try:
            held = self._tp in app.consumer.assignment()
        except ConsumerNotStarted:
            return False
        return bool(held and not app.rebalancing and not app.in_recovery and app.consumer.holds_lease)

    @property
    def term(self) -> _Term:
        """Another value after every rebalance."""
        return self._app.consumer.revocations, self._app.consumer_generation_id


class LeaderOutbox:
    """An outbox for one term: what is sent after its end is dropped. Several may send through it at a time."""

    def __init__(self, leadership: Leadership, outbox: Outbox, named: Callable[[str], str]) -> None:
        """`named` gives a topic's name on the broker."""
        self._leadership = leadership
        self._outbox = outbox
        self._named = named
        self._term: _Term | None = None
        self._flushing = asyncio.Lock()

    @property
    def stale(self) -> bool:
        """Whether another worker may be leading, or this one is to look again at what the last leader did."""
        return self._term != self._leadership.term

    def begin(self) -> None:
        """What is sent from now on is sent for the present term."""
        self._term = self._leadership.term
        self._outbox.begin(self)

    def send(self, topic: str, key: bytes, value: bytes | None) -> None:
        self._outbox.send(self._named(topic), key, value)

    async def flush(self) -> bool:
        """Whether everything was sent; raises SendFailed when the broker did not take a record."""
        async with self._flushing:  # a flush under way may have what this one is to wait for
            await self._outbox.flush()
        return not self.stale
