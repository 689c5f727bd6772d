"""Sees to it that every item has a vector of the version that stands by, and says how far that is."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from streams.agents.collections import Collections
from streams.core import upgrade
from streams.core.catalogue import Catalogue
from streams.events import EncoderState
from streams.ports.item_encoder import ItemEncoder
from streams.ports.vector_index import IndexedItem
from streams.upgrade.fill import Filler
from streams.views.follower import Follower

_LOOK_EVERY_S = 1.0
_ROWS = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """A look at the catalogue. `settled`: what is missing is new and on its way, or cannot be encoded. `eta_s` in s."""

    items: int
    lacking: int
    refused: int
    eta_s: float | None
    settled: bool

    def changes(self, state: EncoderState) -> bool:
        """Whether the state tells other numbers."""
        return (self.items, self.items - self.lacking, self.refused) != (state.items, state.filled, state.refused)

    def told(self, state: EncoderState) -> EncoderState:
        return upgrade.progressed(state, items=self.items, lacking=self.lacking, refused=self.refused, eta_s=self.eta_s)


class Completion:
    """One pass of the filler at a time. `encoder` gives the one that stands by, None while it does not."""

    def __init__(
        self,
        filler: Filler,
        *,
        catalogue: Catalogue,
        collections: Collections,
        vectors: Follower,
        encoder: Callable[[], ItemEncoder | None],
    ) -> None:
        self._filler = filler
        self._catalogue = catalogue
        self._collections = collections
        self._vectors = vectors
        self._encoder = encoder
        self._pass: asyncio.Task[None] | None = None
        self._begin("")

    def _begin(self, version: str) -> None:
        self._version = version
        self._seen: frozenset[str] | None = None  # what was missing at the last look; None before the first
        self._looked_at = 0.0
        self._began: tuple[float, int] | None = None

    async def look(self, version: str, items_per_s: Callable[[], float], *, eager: bool) -> Progress | None:
        """How far it is, once a second, else None. Starts a pass when something has been missing for two looks in a
        row, or, if `eager`, at once. Raises whatever ended the last pass.
        """
        if version != self._version:
            await self.stop()
            self._begin(version)
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return None
        self._looked_at = now
        if self._pass is not None and self._pass.done():
            ended, self._pass = self._pass, None
            ended.result()
        settled = self._pass is None and await self._nothing_stays_missing(items_per_s, eager=eager)
        lacking, refused = self._catalogue.count_lacking(version), self._filler.refused(version)
        eta_s = self._eta(lacking - refused, now, items_per_s())
        return Progress(len(self._catalogue), lacking, refused, eta_s, settled)

    @property
    def waits(self) -> bool:
        """Whether the pass that is under way waits for an encoder that does not answer."""
        return self._pass is not None and self._filler.patience.waiting

    async def index_complete(self) -> bool:
        """Writes the rows that the index lacks although their vectors are known; False while it is not open.

        INDEX may be behind, or may have read a vector before its worker knew that the version was wanted.
        Raises VectorIndexUnavailable.
        """
        door = self._collections.door(self._version)
        if door is None:
            return False
        missing = sorted(self._catalogue.live_ids() - await door.item_ids())
        for start in range(0, len(missing), _ROWS):
            found = [(item_id, self._catalogue.vector(item_id, self._version)) for item_id in missing[start:][:_ROWS]]
            rows = [
                IndexedItem(item_id, vector, self._catalogue.expires_at(item_id))
                for item_id, vector in found
                if vector is not None
            ]
            await door.upsert(rows)
        return True

    async def stop(self) -> None:
        """Ends a pass that is under way; what it has sent stays."""
        running, self._pass = self._pass, None
        if running is not None:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    def forget(self) -> None:
        """The version is done with: should it come again, what it refused is tried again."""
        self._filler.forget(self._version)
        self._begin("")

    async def _nothing_stays_missing(self, items_per_s: Callable[[], float], *, eager: bool) -> bool:
        missing = frozenset(await self._filler.missing(self._version))
        stays = missing & (self._seen or frozenset())
        settled = self._seen is not None and not stays
        self._seen = missing
        encoder = self._encoder()
        if (missing if eager else stays) and encoder is not None and encoder.version == self._version:
            self._pass = asyncio.create_task(self._fill(encoder, items_per_s))
        return settled

    async def _fill(self, encoder: ItemEncoder, items_per_s: Callable[[], float]) -> None:
        await self._filler.fill(encoder, items_per_s)
        ends = await self._vectors.ends()
        await self._vectors.until_read(ends)  # or the next look would find missing what was just sent

    def _eta(self, missing: int, now: float, items_per_s: float) -> float | None:
        """At the rate since the first look, or before there is one, at the rate that is allowed."""
        if missing <= 0:
            return None
        if self._began is None:
            self._began = (now, missing)
        began, at_first = self._began
        rate = (at_first - missing) / (now - began) if missing < at_first else items_per_s
        return round(missing / rate, 1)
