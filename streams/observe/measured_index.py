"""Any vector index, with every call timed and every failure counted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from streams.observe import metrics
from streams.observe.labels import Operation
from streams.observe.timed import timed
from streams.ports.vector_index import Hit, IndexedItem, VectorIndex, VectorIndexUnavailable, Vectors


def _timed(operation: Operation) -> AbstractContextManager[None]:
    return timed(metrics.INDEX_LATENCY, metrics.INDEX_ERRORS, operation, VectorIndexUnavailable)


class MeasuredIndex:
    """Implements VectorIndex by passing everything on to `index`."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index

    async def ensure(self, dimension: int, encoder_version: str, *, alias: bool = True) -> None:
        with _timed(Operation.ENSURE):
            await self._index.ensure(dimension, encoder_version, alias=alias)

    def sibling(self) -> MeasuredIndex:
        return MeasuredIndex(self._index.sibling())

    async def point_alias(self) -> None:
        with _timed(Operation.ENSURE):
            await self._index.point_alias()

    async def aliased(self) -> str | None:
        return await self._index.aliased()

    async def drop(self, encoder_version: str) -> None:
        with _timed(Operation.CLEAR):
            await self._index.drop(encoder_version)

    async def upsert(self, items: Sequence[IndexedItem]) -> None:
        with _timed(Operation.UPSERT):
            await self._index.upsert(items)

    async def delete(self, item_ids: Sequence[str]) -> None:
        with _timed(Operation.DELETE):
            await self._index.delete(item_ids)

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        with _timed(Operation.SEARCH):
            return await self._index.search(vectors, k)

    async def fetch(self, item_ids: Sequence[str]) -> dict[str, Vectors]:
        with _timed(Operation.FETCH):
            return await self._index.fetch(item_ids)

    async def item_ids(self) -> set[str]:
        with _timed(Operation.LIST):
            return await self._index.item_ids()

    async def count(self) -> int:
        with _timed(Operation.COUNT):
            return await self._index.count()

    async def clear(self) -> None:
        with _timed(Operation.CLEAR):
            await self._index.clear()

    async def close(self) -> None:
        await self._index.close()
