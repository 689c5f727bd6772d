"""What a leader sends is sent for one term, and a flush ends only when everything before it is on the broker."""

from __future__ import annotations

import asyncio
from typing import cast

from streams.engine.leadership import LeaderOutbox, Leadership
from streams.engine.outbox import Entitled, Outbox


class Term:
    """A leadership whose term the test sets."""

    term = (0, 1)


class Slow:
    """An outbox whose flush takes until the test lets it go; it drops what is stale, as the real one does."""

    def __init__(self) -> None:
        self.collected: list[bytes] = []
        self.sent: list[bytes] = []
        self.let_go = asyncio.Event()
        self.right: Entitled | None = None

    def begin(self, right: Entitled) -> None:
        self.right = right

    def send(self, topic: str, key: bytes, value: bytes | None) -> None:
        self.collected.append(key)

    async def flush(self) -> None:
        taken, self.collected = self.collected, []
        await self.let_go.wait()
        if self.right is not None and not self.right.stale:
            self.sent += taken


def leading() -> tuple[Term, Slow, LeaderOutbox]:
    term, slow = Term(), Slow()
    outbox = LeaderOutbox(cast("Leadership", term), cast("Outbox", slow), lambda topic: topic)
    return term, slow, outbox


async def test_before_a_term_begins_and_after_it_ended_nothing_counts_as_sent() -> None:
    term, slow, outbox = leading()
    slow.let_go.set()
    outbox.send("t", b"too early", None)
    assert not await outbox.flush()
    outbox.begin()
    outbox.send("t", b"in time", None)
    assert await outbox.flush()
    term.term = (1, 2)
    outbox.send("t", b"too late", None)
    assert not await outbox.flush()
    assert slow.sent == [b"in time"]


async def test_a_flush_waits_for_what_another_flush_has_taken_along() -> None:
    _, slow, outbox = leading()
    outbox.begin()
    outbox.send("t", b"mine", None)
    outbox.send("t", b"yours", None)
    first = asyncio.create_task(outbox.flush())
    await asyncio.sleep(0)
    second = asyncio.create_task(outbox.flush())
    await asyncio.sleep(0)
    assert not second.done()
    slow.let_go.set()
    assert await first
    assert await second
    assert slow.sent == [b"mine", b"yours"]
