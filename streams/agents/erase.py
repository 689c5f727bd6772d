"""ERASE: a user's wish to be forgotten in, a receipt of what was erased where out.

Erased: the profile and what experiments keep of the user (tombstones in the changelogs), the last list (a tombstone on
recommendations), and what this worker remembers in memory. Where lists are pushed also the user's interests in the
vector store, which the receipt waits for, and what was pushed to them. Statistics name no user. The behaviour topic
itself ages out by its retention; docs/operations.md says how to shorten that. Repeating an erasure erases nothing twice
and gives a second, empty receipt.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from streams.agents.common import Emit, Record, Refuse, Table
from streams.core.intake import Intake, Rejection
from streams.events import Erasure, ErasureReceipt
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.topics import Topic

_STAGE = "erase"


class EraseAgent:
    """Erases users from this worker's partitions; `elsewhere` (user, partition) what lies outside of its table, and
    says how much was where.
    """

    def __init__(
        self,
        *,
        profiles: Table,
        experiments: Table,
        forget: Sequence[Callable[[str], None]],
        emit: Emit,
        refuse: Refuse,
        clock: Clock,
        max_event_bytes: int,
        elsewhere: Callable[[str, int], Awaitable[dict[str, int]]] | None = None,
    ) -> None:
        self._tables = {"profiles": profiles, "experiments": experiments}
        self._forget = forget
        self._emit = emit
        self._refuse = refuse
        self._clock = clock
        self._elsewhere = elsewhere
        self._intake = Intake(Erasure, "user_id", max_event_bytes)

    async def handle(self, records: Sequence[Record]) -> None:
        for record in records:
            wish = self._intake.read(record.key, record.value)
            if isinstance(wish, Rejection):
                self._refuse(record, _STAGE, wish)
                continue
            await self._erase(wish, record.partition)

    async def _erase(self, wish: Erasure, partition: int) -> None:
        key = wish.user_id.encode()
        known = {name: table.get(key, partition) is not None for name, table in self._tables.items()}
        for name, table in self._tables.items():
            if known[name]:
                table.delete(key, partition)
        for forget in self._forget:
            forget(wish.user_id)
        self._emit(Topic.RECOMMENDATIONS, key, None)
        erased = {name: int(found) for name, found in known.items() if found or name == "profiles"}
        if self._elsewhere is not None:
            erased |= await self._elsewhere(wish.user_id, partition)
        receipt = ErasureReceipt(wish.erasure_id, wish.user_id, self._clock.now(), erased)
        self._emit(Topic.ERASURE_RECEIPTS, key, msgspec.json.encode(receipt))
        metrics.EVENTS.labels(topic=Topic.ERASURES, outcome="ok").inc()
        metrics.ERASURES.inc()
