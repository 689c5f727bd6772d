"""Which offsets were handed to the agents, which of them are done, and what may be committed. Pure bookkeeping."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

Partition = tuple[str, int]


class Verdict(Enum):
    """What to do with a record of some offset."""

    NEXT = auto()  # the one expected: hand it out
    REPEAT = auto()  # handed out already: drop it
    HOLE = auto()  # offsets before it are missing
    FOREIGN = auto()  # the partition is not ours (any more): drop it


@dataclass(slots=True)
class _Account:
    expected: int
    committed: int | None
    handed: deque[int] = field(default_factory=deque)
    done: set[int] = field(default_factory=set)


class OffsetLedger:
    """One account per assigned partition, opened by `open` at a position and closed by `forget`."""

    def __init__(self) -> None:
        self._accounts: dict[Partition, _Account] = {}

    def open(self, tp: Partition, position: int, committed: int | None) -> None:
        """Starts the account anew: the next offset to hand out is `position`; nothing is in hand."""
        self._accounts[tp] = _Account(position, committed)

    def forget(self, tp: Partition) -> None:
        self._accounts.pop(tp, None)

    def expected(self, tp: Partition) -> int | None:
        """The next offset to hand out; None for a partition that is not ours."""
        account = self._accounts.get(tp)
        return None if account is None else account.expected

    def judge(self, tp: Partition, offset: int) -> Verdict:
        account = self._accounts.get(tp)
        if account is None:
            return Verdict.FOREIGN
        if offset == account.expected:
            return Verdict.NEXT
        return Verdict.REPEAT if offset < account.expected else Verdict.HOLE

    def hand_out(self, tp: Partition, offset: int) -> None:
        """Notes that the record at `offset` went to the agents; offsets skipped before it count as not existing."""
        account = self._accounts[tp]
        account.expected = offset + 1
        account.handed.append(offset)

    def acknowledge(self, tp: Partition, offsets: Iterable[int]) -> None:
        """Notes that the agents are done with `offsets`, in any order; ones that are not in hand are ignored."""
        account = self._accounts.get(tp)
        if account is not None and account.handed:
            first, last = account.handed[0], account.handed[-1]
            account.done.update(offset for offset in offsets if first <= offset <= last)

    def committable(self, tp: Partition) -> int | None:
        """The offset to commit: one past the unbroken run of done records; None when it has not moved."""
        account = self._accounts.get(tp)
        if account is None:
            return None
        reached: int | None = None
        while account.handed and account.handed[0] in account.done:
            reached = account.handed.popleft()
            account.done.discard(reached)
        if reached is not None:
            account.handed.appendleft(reached)  # stays the head, done, until the broker has it: a commit may fail
            account.done.add(reached)
            return reached + 1 if reached + 1 != account.committed else None
        return None

    def committed(self, tp: Partition, offset: int) -> None:
        """Notes that the broker has the commit of `offset`."""
        account = self._accounts.get(tp)
        if account is not None:
            account.committed = offset

    def in_hand(self, tp: Partition) -> int:
        """How many records of the partition are with the agents."""
        account = self._accounts.get(tp)
        return 0 if account is None else sum(1 for offset in account.handed if offset not in account.done)
