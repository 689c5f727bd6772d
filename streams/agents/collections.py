"""The vector index's collections that a worker uses: one per encoder version, each behind a door of its own."""

from __future__ import annotations

import asyncio

from streams.agents.waiting import without_end
from streams.ports.vector_index import VectorIndex, VectorIndexUnavailable


class Collections:
    """Doors by encoder version. `index` is never opened itself: it makes the doors."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._doors: dict[str, VectorIndex] = {}
        self._opening = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the index has answered for the first time; until then there is nothing to search."""
        return bool(self._doors)

    @property
    def versions(self) -> set[str]:
        """Those whose collections are open."""
        return {*self._doors}

    def door(self, version: str) -> VectorIndex | None:
        """The open collection of a version; None while it is not open."""
        return self._doors.get(version)

    async def open(self, version: str, dimension: int) -> None:
        """Opens a version's collection, creating it if need be; waits for the index as long as it takes.

        Readers of the alias see what they saw before: the coordinator alone points it.
        """
        async with self._opening:
            if version in self._doors:
                return
            door = self._index.sibling()
            async for attempt in without_end(VectorIndexUnavailable):
                with attempt:
                    await door.ensure(dimension, version, alias=False)
            self._doors[version] = door

    async def forget(self, version: str) -> None:
        """Closes a version's door; the collection stays."""
        door = self._doors.pop(version, None)
        if door is not None:
            await door.close()

    async def close(self) -> None:
        for version in list(self._doors):
            await self.forget(version)
        await self._index.close()
