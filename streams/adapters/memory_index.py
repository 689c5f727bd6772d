"""The exact vector index in this process's memory: for tests, benches and runs without Milvus. It forgets on exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.adapters.index_rows import as_queries, expiry, last_of_each
from streams.ports.clock import Clock
from streams.ports.vector_index import Hit, IndexedItem, VectorIndex, VectorIndexUnavailable, Vectors


@dataclass(slots=True)
class _Collection:
    """Rows of one encoder version: `vectors` float32[capacity, d], the first len(ids) of them in use."""

    vectors: Vectors
    expires_at: NDArray[np.float64]
    ids: list[str] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)

    @classmethod
    def empty(cls, dimension: int) -> _Collection:
        return cls(np.zeros((64, dimension), np.float32), np.zeros(64))

    def put(self, item: IndexedItem) -> None:
        row = self.row_of.setdefault(item.item_id, len(self.ids))
        if row == len(self.ids):
            self.ids.append(item.item_id)
            if row == len(self.vectors):  # doubling keeps appends cheap on average
                self.vectors = np.concatenate([self.vectors, np.zeros_like(self.vectors)])
                self.expires_at = np.concatenate([self.expires_at, np.zeros_like(self.expires_at)])
        self.vectors[row] = item.vector
        self.expires_at[row] = expiry(item)

    def remove(self, item_id: str) -> None:
        row = self.row_of.pop(item_id, None)
        if row is None:
            return
        last = self.ids.pop()
        if last != item_id:  # the last row moves into the hole
            end = len(self.ids)
            self.ids[row] = last
            self.row_of[last] = row
            self.vectors[row] = self.vectors[end]
            self.expires_at[row] = self.expires_at[end]


class MemoryIndex(VectorIndex):
    """Brute force by one matrix product; exact, and immediately consistent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._collections: dict[str, _Collection] = {}
        self._version: str | None = None
        self._alias: list[str] = []  # of one name at most; shared by siblings

    async def ensure(self, dimension: int, encoder_version: str, *, alias: bool = True) -> None:
        present = self._collections.setdefault(encoder_version, _Collection.empty(dimension))
        if present.vectors.shape[1] != dimension:
            raise ValueError(f"version {encoder_version} has dimension {present.vectors.shape[1]}, not {dimension}")
        self._version = encoder_version
        if alias:
            await self.point_alias()

    def sibling(self) -> MemoryIndex:
        other = MemoryIndex(self._clock)
        other._collections, other._alias = self._collections, self._alias
        return other

    async def point_alias(self) -> None:
        self._current()
        self._alias[:] = [str(self._version)]

    async def aliased(self) -> str | None:
        return next(iter(self._alias), None)

    async def drop(self, encoder_version: str) -> None:
        if encoder_version == self._version:
            raise ValueError(f"{encoder_version} is the version in use here")
        self._collections.pop(encoder_version, None)

    async def upsert(self, items: Sequence[IndexedItem]) -> None:
        collection = self._current()
        for item in last_of_each(items, collection.vectors.shape[1]):
            collection.put(item)

    async def delete(self, item_ids: Sequence[str]) -> None:
        collection = self._current()
        for item_id in item_ids:
            collection.remove(item_id)

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        collection = self._current()
        queries = as_queries(vectors, collection.vectors.shape[1])
        used = len(collection.ids)
        # One product after another: for the few interests of a user that is three times as fast as one of matrices.
        scores = np.empty((len(queries), used), np.float32)
        for row, query in zip(scores, queries, strict=True):
            np.dot(collection.vectors[:used], query, out=row)
        scores[:, collection.expires_at[:used] <= self._clock.now()] = -np.inf
        return [_best(row, collection.ids, k) for row in scores]

    async def fetch(self, item_ids: Sequence[str]) -> dict[str, Vectors]:
        collection = self._current()
        return {i: collection.vectors[collection.row_of[i]].copy() for i in item_ids if i in collection.row_of}

    async def item_ids(self) -> set[str]:
        return set(self._current().ids)

    async def count(self) -> int:
        return len(self._current().ids)

    async def clear(self) -> None:
        collection = self._current()
        assert self._version is not None  # noqa: S101  _current has just looked it up
        self._collections[self._version] = _Collection.empty(collection.vectors.shape[1])

    async def close(self) -> None:
        self._version = None

    def _current(self) -> _Collection:
        if self._version is None:
            raise VectorIndexUnavailable("the index in memory was not opened, or is closed: call ensure first")
        return self._collections[self._version]


def _best(scores: NDArray[np.float32], ids: Sequence[str], k: int) -> list[Hit]:
    """The k highest of `scores`, best first; rows at minus infinity are out."""
    k = min(k, len(scores))
    if k == 0:
        return []
    top = np.argpartition(-scores, k - 1)[:k]
    ordered = top[np.argsort(-scores[top], kind="stable")]
    return [Hit(ids[row], float(scores[row])) for row in ordered if np.isfinite(scores[row])]
