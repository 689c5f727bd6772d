"""The vector index in milvus-lite: Milvus inside this process, for one worker on a machine without a server.

Searches are brute force over rows in Python (about 11 ms for 10,000 rows of 256 numbers).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from milvus_lite import (
    Collection,
    CollectionSchema,
    DataDirLockedError,
    DataType,
    FieldSchema,
    MilvusLite,
    MilvusLiteError,
)

from streams.adapters.index_rows import as_queries, expiry, last_of_each
from streams.adapters.milvus_names import alias_name, collection_name
from streams.ports.clock import Clock
from streams.ports.vector_index import Hit, IndexedItem, VectorIndex, VectorIndexUnavailable, Vectors

T = TypeVar("T")

FLAT = {"index_type": "BRUTE_FORCE", "metric_type": "COSINE", "params": {}}
# A search over rows that are not flushed takes seventeen times as long.
FLUSH_ROWS = 256


class LiteIndex(VectorIndex):
    """One folder, one process: a second one that opens the folder gets VectorIndexUnavailable.

    Everything runs in one thread of its own: concurrent writers lose acknowledged rows when the process is killed, and
    a search must not hold up the event loop. A call that outlives its deadline goes on in that thread, unheard.
    """

    def __init__(
        self, folder: Path, *, prefix: str, clock: Clock, search_timeout_s: float, write_timeout_s: float
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._clock = clock
        self._search_timeout_s = search_timeout_s
        self._write_timeout_s = write_timeout_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lite-index")
        self._database: MilvusLite | None = None
        self._collection: Collection | None = None
        self._dimension = 0
        self._unflushed = 0

    async def ensure(self, dimension: int, encoder_version: str) -> None:
        name = collection_name(self._prefix, encoder_version)
        await self._run(lambda: self._open(name, dimension), self._write_timeout_s)

    async def upsert(self, items: Sequence[IndexedItem]) -> None:
        await self._run(lambda: self._upsert(items), self._write_timeout_s)

    async def delete(self, item_ids: Sequence[str]) -> None:
        await self._run(lambda: self._delete(list(item_ids)), self._write_timeout_s)

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        return await self._run(lambda: self._search(vectors, k), self._search_timeout_s)

    async def fetch(self, item_ids: Sequence[str]) -> dict[str, Vectors]:
        fields = ["item_id", "vector"]
        rows = await self._run(lambda: self._current().get(list(item_ids), output_fields=fields), self._write_timeout_s)
        return {row["item_id"]: np.asarray(row["vector"], dtype=np.float32) for row in rows}

    async def item_ids(self) -> set[str]:
        rows = await self._run(lambda: self._current().query(output_fields=["item_id"]), self._write_timeout_s)
        return {row["item_id"] for row in rows}

    async def count(self) -> int:
        return await self._run(lambda: int(self._current().num_entities), self._write_timeout_s)

    async def clear(self) -> None:
        def recreate() -> None:
            name = self._current().name
            self._opened().drop_collection(name)
            self._open(name, self._dimension)

        await self._run(recreate, self._write_timeout_s)

    async def close(self) -> None:
        """Flush and give the folder back; waits for what is running."""
        database, self._database, self._collection = self._database, None, None
        if database is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, database.close)
        self._thread.shutdown()

    async def _run(self, work: Callable[[], T], timeout_s: float) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # the thread has ended: this index is closed
            raise VectorIndexUnavailable(f"milvus-lite in {self._folder} is closed") from error
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError as error:
            raise VectorIndexUnavailable(f"milvus-lite did not answer within {timeout_s:g} s") from error
        except DataDirLockedError as error:
            message = f"{self._folder} is in use by another process; use a Milvus server for more than one"
            raise VectorIndexUnavailable(message) from error
        except (MilvusLiteError, OSError) as error:
            raise VectorIndexUnavailable(f"milvus-lite in {self._folder}: {error}") from error

    def _open(self, name: str, dimension: int) -> None:
        if self._database is None:
            self._database = MilvusLite(str(self._folder))
        if not self._database.has_collection(name):
            self._database.create_collection(name, _schema(dimension)).create_index("vector", FLAT)
        collection = self._database.get_collection(name)
        collection.load()
        alias = alias_name(self._prefix)
        if alias in self._database.list_aliases():
            self._database.alter_alias(name, alias)
        else:
            self._database.create_alias(name, alias)
        self._collection, self._dimension = collection, dimension

    def _upsert(self, items: Sequence[IndexedItem]) -> None:
        collection = self._current()
        rows = [
            {"item_id": row.item_id, "vector": row.vector.tolist(), "expires_at": expiry(row)}
            for row in last_of_each(items, self._dimension)
        ]
        collection.upsert(rows)
        self._wrote(len(rows))

    def _delete(self, item_ids: list[str]) -> None:
        self._current().delete(item_ids)
        self._wrote(len(item_ids))

    def _wrote(self, rows: int) -> None:
        self._unflushed += rows
        if self._unflushed >= FLUSH_ROWS:
            self._current().flush()
            self._unflushed = 0

    def _search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        collection = self._current()
        queries = as_queries(vectors, self._dimension)
        if not len(queries) or k < 1:
            return [[] for _ in queries]
        answer = collection.search(
            queries.tolist(),
            top_k=k,
            metric_type="COSINE",
            expr=f"expires_at > {int(self._clock.now())}",
            output_fields=["item_id"],
        )
        return [[Hit(hit["id"], float(hit["distance"])) for hit in hits] for hits in answer]

    def _opened(self) -> MilvusLite:
        if self._database is None:
            raise VectorIndexUnavailable(f"milvus-lite in {self._folder} is not open yet (ensure has not succeeded)")
        return self._database

    def _current(self) -> Collection:
        self._opened()
        return self._collection


def _schema(dimension: int) -> CollectionSchema:
    return CollectionSchema(
        fields=[
            FieldSchema(name="item_id", dtype=DataType.VARCHAR, is_primary=True, max_length=2_048),
            FieldSchema(name="vector", dtype=DataType.FLOAT_VECTOR, dim=dimension),
            FieldSchema(name="expires_at", dtype=DataType.DOUBLE),
        ]
    )
