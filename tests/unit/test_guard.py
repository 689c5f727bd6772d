"""The guard: one event that our code cannot stand is set aside; a fault that is not the event's is let through."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from streams.agents.common import Record
from streams.agents.guard import Guard
from streams.core.intake import Rejection
from streams.engine.batches import Record as BrokerRecord


class Stage:
    """A handler that cannot stand some offsets, and what became of its work."""

    def __init__(self, bad: Sequence[int]) -> None:
        self.bad = set(bad)
        self.pending: list[int] = []
        self.sent: list[int] = []
        self.refused: list[tuple[int, str]] = []

    async def handle(self, records: Sequence[Record]) -> None:
        for record in records:
            self.pending.append(record.offset)
            if record.offset in self.bad:
                raise ZeroDivisionError("the code's own fault")

    def discard(self) -> None:
        self.pending.clear()

    async def flush(self) -> None:
        self.sent += self.pending
        self.pending.clear()

    def refuse(self, record: Record, stage: str, rejection: Rejection, attempts: int = 1) -> None:
        self.refused.append((record.offset, rejection.code))

    def guard(self) -> Guard:
        return Guard(self.handle, stage="profile", discard=self.discard, flush=self.flush, refuse=self.refuse)


def records(*offsets: int) -> list[Record]:
    return [BrokerRecord(b"k", b"v", "t", 0, offset, 0.0) for offset in offsets]


async def test_a_good_batch_passes_through() -> None:
    stage = Stage(bad=[])
    await stage.guard()(records(1, 2, 3))
    assert (stage.pending, stage.refused) == ([1, 2, 3], [])


async def test_the_one_to_blame_is_set_aside_and_the_rest_is_done_once() -> None:
    stage = Stage(bad=[2])
    await stage.guard()(records(1, 2, 3))
    assert stage.sent == [1, 3]
    assert stage.refused == [(2, "internal_error")]


async def test_when_nothing_works_any_more_the_error_surfaces() -> None:
    stage = Stage(bad=range(10))
    with pytest.raises(ZeroDivisionError):
        await stage.guard()(records(*range(10)))
    assert len(stage.refused) <= 3


async def test_a_success_in_between_starts_the_count_anew() -> None:
    stage = Stage(bad=[1, 3, 5, 7, 9, 11])
    await stage.guard()(records(*range(13)))
    assert [offset for offset, _ in stage.refused] == [1, 3, 5, 7, 9, 11]
