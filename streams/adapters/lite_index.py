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


class _Folder:
    """One folder's database and the only thread that touches it, shared by the doors to its collections."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lite-index")
        self.database: MilvusLite | None = None
        self.doors = 0


class LiteIndex(VectorIndex):
    """One folder, one process: a second one that opens the folder gets VectorIndexUnavailable.

    Everything runs in one thread of its own: concurrent writers lose acknowledged rows when the process is killed, and
    a search must not hold up the event loop. A call that outlives its deadline goes on in that thread, unheard.
    """

    def __init__(
        self, folder: Path | _Folder, *, prefix: str, clock: Clock, search_timeout_s: float, write_timeout_s: float
    ) -> None:
        self._shared = folder if isinstance(folder, _Folder) else _Folder(folder)
        self._shared.doors += 1
        self._folder = self._shared.path
        self._prefix = prefix
        self._clock = clock
        self._search_timeout_s = search_timeout_s
        self._write_timeout_s = write_timeout_s
        self._closed = False
        self._collection: Collection | None = None
        self._dimension = 0
        self._unflushed = 0

    async def ensure(self, dimension: int, encoder_version: str, *, alias: bool = True) -> None:
        name = collection_name(self._prefix, encoder_version)
        await self._run(lambda: self._open(name, dimension, alias=alias), self._write_timeout_s)

    def sibling(self) -> LiteIndex:
        return LiteIndex(
            self._shared,
            prefix=self._prefix,
            clock=self._clock,
            search_timeout_s=self._search_timeout_s,
            write_timeout_s=self._write_timeout_s,
        )

    async def point_alias(self) -> None:
        await self._run(lambda: self._point_alias(self._current().name), self._write_timeout_s)

    async def aliased(self) -> str | None:
        def look() -> str | None:
            alias = alias_name(self._prefix)
            database = self._opened()
            return str(database.describe_alias(alias)["collection"]) if alias in database.list_aliases() else None

        return await self._run(look, self._write_timeout_s)

    async def drop(self, encoder_version: str) -> None:
        name = collection_name(self._prefix, encoder_version)

        def forget() -> None:
            if name == self._current().name:
                raise ValueError(f"{encoder_version} is the version in use here")
            if self._opened().has_collection(name):
                self._opened().drop_collection(name)

        await self._run(forget, self._write_timeout_s)

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
            self._open(name, self._dimension, alias=True)

        await self._run(recreate, self._write_timeout_s)

    async def close(self) -> None:
        """Flush and, the last door, give the folder back; waits for what is running."""
        if self._closed:
            return
        self._closed, self._collection = True, None
        shared = self._shared
        shared.doors -= 1
        if shared.doors:
            return
        database, shared.database = shared.database, None
        if database is not None:
            await asyncio.get_running_loop().run_in_executor(shared.thread, database.close)
        shared.thread.shutdown()

    async def _run(self, work: Callable[[], T], timeout_s: float) -> T:
        if self._closed:
            raise VectorIndexUnavailable(f"milvus-lite in {self._folder} is closed")
        future = asyncio.get_running_loop().run_in_executor(self._shared.thread, work)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError as error:
            raise VectorIndexUnavailable(f"milvus-lite did not answer within {timeout_s:g} s") from error
        except DataDirLockedError as error:
            message = f"{self._folder} is in use by another process; use a Milvus server for more than one"
            raise VectorIndexUnavailable(message) from error
        except (MilvusLiteError, OSError) as error:
            raise VectorIndexUnavailable(f"milvus-lite in {self._folder}: {error}") from error

    def _open(self, name: str, dimension: int, *, alias: bool) -> None:
        if self._shared.database is None:
            self._shared.database = MilvusLite(str(self._folder))
        database = self._shared.database
        if not database.has_collection(name):
            database.create_collection(name, _schema(dimension)).create_index("vector", FLAT)
        collection = database.get_collection(name)
        collection.load()
        if alias:
            self._point_alias(name)
        self._collection, self._dimension = collection, dimension

    def _point_alias(self, name: str) -> None:
        database, alias = self._opened(), alias_name(self._prefix)
        if alias in database.list_aliases():
            database.alter_alias(name, alias)
        else:
            database.create_alias(name, alias)

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
        if self._shared.database is None:
            raise VectorIndexUnavailable(f"milvus-lite in {self._folder} is not open yet (ensure has not succeeded)")
        return self._shared.database

    def _current(self) -> Collection:
        self._opened()
        if self._collection is None:
            raise VectorIndexUnavailable(f"milvus-lite in {self._folder}: no collection is open yet")
        return self._collection


def _schema(dimension: int) -> CollectionSchema:
    return CollectionSchema(
        fields=[
            FieldSchema(name="item_id", dtype=DataType.VARCHAR, is_primary=True, max_length=2_050),
            FieldSchema(name="vector", dtype=DataType.FLOAT_VECTOR, dim=dimension),
            FieldSchema(name="expires_at", dtype=DataType.DOUBLE),
        ]
    )
