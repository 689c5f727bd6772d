"""INDEX: encoded items in, rows of the vector index out, in batches.

The index away for a minute costs nothing but delay: the batch is tried until it is in, and only then acknowledged.
Writes are upserts by item id, so a repeat changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from streams.agents.common import Record, Refuse
from streams.agents.waiting import Patience
from streams.core.intake import RejectCode, Rejection
from streams.core.vectors import vector_of
from streams.events import EncodedItem
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.ports.vector_index import IndexedItem, VectorIndex, VectorIndexUnavailable
from streams.topics import Topic

_STAGE = "index"


@dataclass(frozen=True, slots=True)
class Space:
    """A vector space: the encoder version that makes it, and its dimension."""

    version: str
    dimension: int


class IndexAgent:
    """Writes micro-batches of `items` to the vector index of one encoder version.

    `current` says which space is in use, or None while nobody knows; then the first item decides.
    """

    def __init__(
        self, *, index: VectorIndex, current: Callable[[], Space | None], refuse: Refuse, clock: Clock
    ) -> None:
        self._index = index
        self._current = current
        self._refuse = refuse
        self._clock = clock
        self._decoder = msgspec.json.Decoder(EncodedItem)
        self.patience = Patience(VectorIndexUnavailable)
        self._opening = asyncio.Lock()
        self._open: Space | None = None

    @property
    def is_open(self) -> bool:
        """Whether the index has answered for the first time; until then there is nothing to search."""
        return self._open is not None

    async def open(self, space: Space) -> None:
        """Opens the collection of a space, creating it if need be; waits for the index as long as it takes."""
        async with self._opening:
            if self._open != space:
                await self.patience.until_done(lambda: self._index.ensure(space.dimension, space.version))
                self._open = space

    async def handle(self, records: Sequence[Record]) -> None:
        """Upserts and deletes; within the batch, the last word on an item counts."""
        last: dict[str, EncodedItem | None] = {}
        for record in records:
            if not record.key:
                self._refuse(record, _STAGE, Rejection(RejectCode.EMPTY_KEY, "an encoded item has no key"))
                continue
            try:
                item = None if record.value is None else self._decoder.decode(record.value)
                item_id = record.key.decode()
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._refuse(record, _STAGE, Rejection(RejectCode.WRONG_TYPE, str(error)))
                continue
            last[item_id] = item
        await self._write(last)

    async def _write(self, last: dict[str, EncodedItem | None]) -> None:
        present = {k: item for k, item in last.items() if item is not None}
        space = self._current() or next(
            (Space(item.encoder_version, len(vector_of(item))) for item in present.values()), None
        )
        # Vectors of another encoder version belong to another collection; mixing two spaces would give nonsense.
        ours = {k: item for k, item in present.items() if space is not None and item.encoder_version == space.version}
        rows = [IndexedItem(k, vector_of(item), item.card.expires_at or 0.0) for k, item in ours.items()]
        deleted = [k for k, item in last.items() if item is None]
        metrics.BATCH_SIZE.labels(agent=_STAGE).observe(len(last))
        if space is not None:
            await self.open(space)
            if rows:
                await self.patience.until_done(lambda: self._index.upsert(rows))
            if deleted:
                await self.patience.until_done(lambda: self._index.delete(deleted))
        now = self._clock.now()
        for item in ours.values():
            metrics.CONTENT_SEARCHABLE.observe(max(0.0, now - item.content_at))
        for outcome, count in (
            ("indexed", len(rows)),
            ("deleted", len(deleted)),
            ("other_version", len(last) - len(rows) - len(deleted)),
        ):
            metrics.EVENTS.labels(topic=Topic.ITEMS, outcome=outcome).inc(count)
