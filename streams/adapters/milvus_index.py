"""The vector index on a Milvus server (2.3 or newer), one collection per encoder version."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
import numpy as np
from pymilvus import AsyncMilvusClient, DataType, MilvusException
from pymilvus.exceptions import DataNotMatchException, DataTypeNotMatchException, ParamError

from streams.adapters.index_rows import as_queries, expiry, last_of_each
from streams.adapters.milvus_names import alias_name, collection_name
from streams.ports.clock import Clock
from streams.ports.vector_index import Hit, IndexedItem, VectorIndex, VectorIndexUnavailable, Vectors

# Every failure is raised as VectorIndexUnavailable and reported once by whoever asked; pymilvus would print a trace
# of its own for each call of an outage.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)

T = TypeVar("T")

HNSW = {"M": 16, "efConstruction": 200}
MAX_LIMIT = 16_384  # the most rows of one answer, Milvus's own limit
ID_BYTES = 2_050  # 512 characters (events.Identifier) of at most four bytes, and the number of a user's interest
WRITE_ROWS = 1_000  # measured: batches of 1000 write fastest
OUR_MISTAKES = (ParamError, DataNotMatchException, DataTypeNotMatchException)

# gRPC would wait up to two minutes between attempts to reach a server that was away.
CHANNEL = {"grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 1_000}


@dataclass(frozen=True, slots=True)
class _Collection:
    name: str
    dimension: int


class MilvusIndex(VectorIndex):
    """HNSW over cosine. Reads that feed lists (`search`) are bounded-stale: a write is found after some seconds, and
    meanwhile the workers search new items in their own memory. `fetch`, `count` and `item_ids` see every
    acknowledged write, at the price of waiting for it (about 0.2 s).

    `search_timeout_s` and `write_timeout_s` bound each call, waiting for a free slot included.
    The client belongs to the event loop of its first call.
    """

    def __init__(
        self,
        uri: str,
        *,
        prefix: str,
        clock: Clock,
        search_timeout_s: float,
        write_timeout_s: float,
        kind: str = "items",
        concurrency: int = 32,
        page_rows: int = MAX_LIMIT,
    ) -> None:
        self._uri = uri
        self._prefix = prefix
        self._kind = kind
        self._clock = clock
        self._search_timeout_s = search_timeout_s
        self._write_timeout_s = write_timeout_s
        self._page_rows = page_rows
        # pymilvus recurses once per concurrent call and fails at about 490.
        self._slots = asyncio.Semaphore(concurrency)
        self._client: AsyncMilvusClient | None = None
        self._collection: _Collection | None = None

    async def ensure(self, dimension: int, encoder_version: str, *, alias: bool = True) -> None:
        collection = _Collection(collection_name(self._prefix, encoder_version, self._kind), dimension)

        async def prepare(client: AsyncMilvusClient) -> None:
            await _create(client, collection, self._write_timeout_s)
            if alias:
                await _point_alias(client, alias_name(self._prefix, self._kind), collection.name, self._write_timeout_s)

        # A new collection is created, indexed and loaded, each with the time of one write.
        await self._call(prepare, 6 * self._write_timeout_s)
        self._collection = collection

    def sibling(self) -> MilvusIndex:
        return MilvusIndex(
            self._uri,
            prefix=self._prefix,
            kind=self._kind,
            clock=self._clock,
            search_timeout_s=self._search_timeout_s,
            write_timeout_s=self._write_timeout_s,
            page_rows=self._page_rows,
        )

    async def point_alias(self) -> None:
        name, timeout_s = self._current().name, self._write_timeout_s
        await self._call(
            lambda client: _point_alias(client, alias_name(self._prefix, self._kind), name, timeout_s), 2 * timeout_s
        )

    async def aliased(self) -> str | None:
        async def look(client: AsyncMilvusClient) -> str | None:
            alias = alias_name(self._prefix, self._kind)
            names = await client.list_collections(timeout=self._write_timeout_s)
            for name in [name for name in names if name.startswith(alias)]:
                if alias in (await client.describe_collection(name, timeout=self._write_timeout_s))["aliases"]:
                    return str(name)
            return None

        return await self._call(look, 2 * self._write_timeout_s)

    async def drop(self, encoder_version: str) -> None:
        name = collection_name(self._prefix, encoder_version, self._kind)
        if self._collection is not None and self._collection.name == name:
            raise ValueError(f"{encoder_version} is the version in use here")

        async def forget(client: AsyncMilvusClient) -> None:
            if await client.has_collection(name, timeout=self._write_timeout_s):
                await client.drop_collection(name, timeout=self._write_timeout_s)

        await self._call(forget, 2 * self._write_timeout_s)

    async def upsert(self, items: Sequence[IndexedItem]) -> None:
        collection = self._current()
        rows = last_of_each(items, collection.dimension)
        for part in _parts(rows, WRITE_ROWS):
            await self._upsert(collection.name, part)

    async def delete(self, item_ids: Sequence[str]) -> None:
        name = self._current().name
        for part in _parts(list(item_ids), WRITE_ROWS):
            await self._delete(name, part)

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        collection = self._current()
        queries = as_queries(vectors, collection.dimension)
        k = min(k, MAX_LIMIT)
        if not len(queries) or k < 1:
            return [[] for _ in queries]
        answer = await self._call(
            lambda client: client.search(
                collection.name,
                list(queries),
                anns_field="vector",
                # A whole second is exact enough, and lets Milvus reuse the parsed filter.
                filter=f"expires_at > {int(self._clock.now())}",
                limit=k,
                search_params={"metric_type": "COSINE", "params": {"ef": max(2 * k, 64)}},
                consistency_level="Bounded",
                timeout=self._search_timeout_s,
            ),
            self._search_timeout_s,
        )
        # pymilvus reads each hit's id and distance through several functions each; the columns are there as well.
        return [list(map(Hit, hits.ids, hits.distances)) for hits in answer]

    async def fetch(self, item_ids: Sequence[str]) -> dict[str, Vectors]:
        name = self._current().name
        found: dict[str, Vectors] = {}
        for part in _parts(list(item_ids), WRITE_ROWS):
            rows = await self._query(name, _among(part), ["item_id", "vector"], limit=len(part))
            found |= {row["item_id"]: np.asarray(row["vector"], dtype=np.float32) for row in rows}
        return found

    async def item_ids(self) -> set[str]:
        name = self._current().name
        ids: set[str] = set()
        last = ""
        while True:  # each page starts after the greatest id of the one before; Milvus answers in the key's order
            page = await self._query(name, f"item_id > {_quoted(last)}", ["item_id"], limit=self._page_rows)
            ids.update(row["item_id"] for row in page)
            if len(page) < self._page_rows:
                return ids
            last = max((row["item_id"] for row in page), key=str.encode)

    async def count(self) -> int:
        rows = await self._query(self._current().name, "", ["count(*)"])
        return int(rows[0]["count(*)"])

    async def clear(self) -> None:
        collection = self._current()

        async def recreate(client: AsyncMilvusClient) -> None:
            await client.drop_alias(alias_name(self._prefix, self._kind), timeout=self._write_timeout_s)
            await client.drop_collection(collection.name, timeout=self._write_timeout_s)
            await _create(client, collection, self._write_timeout_s)
            await _point_alias(client, alias_name(self._prefix, self._kind), collection.name, self._write_timeout_s)

        await self._call(recreate, 6 * self._write_timeout_s)

    async def close(self) -> None:
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            await client.close()

    async def _upsert(self, name: str, items: Sequence[IndexedItem]) -> None:
        rows = [{"item_id": row.item_id, "vector": row.vector, "expires_at": expiry(row)} for row in items]
        timeout_s = self._write_timeout_s
        await self._call(lambda client: client.upsert(name, rows, timeout=timeout_s), timeout_s)

    async def _delete(self, name: str, item_ids: Sequence[str]) -> None:
        expression, timeout_s = _among(item_ids), self._write_timeout_s
        await self._call(lambda client: client.delete(name, filter=expression, timeout=timeout_s), timeout_s)

    async def _query(self, name: str, expression: str, fields: list[str], limit: int | None = None) -> list[Any]:
        bound = {} if limit is None else {"limit": limit}
        return await self._call(
            lambda client: client.query(
                name,
                filter=expression,
                output_fields=fields,
                consistency_level="Strong",
                timeout=self._write_timeout_s,
                **bound,
            ),
            self._write_timeout_s,
        )

    async def _call(self, call: Callable[[AsyncMilvusClient], Awaitable[T]], timeout_s: float) -> T:
        """Every call's one way out: a slot, a deadline, and the port's error for whatever the server did."""
        try:
            async with asyncio.timeout(timeout_s), self._slots:
                if self._client is None:
                    self._client = AsyncMilvusClient(self._uri, timeout=timeout_s, dedicated=True, grpc_options=CHANNEL)
                return await call(self._client)
        except TimeoutError as error:
            raise VectorIndexUnavailable(f"Milvus at {self._uri} did not answer within {timeout_s:g} s") from error
        except OUR_MISTAKES:
            raise
        except (MilvusException, grpc.RpcError) as error:
            message = getattr(error, "message", "") or str(error)
            raise VectorIndexUnavailable(f"Milvus at {self._uri}: {message}") from error

    def _current(self) -> _Collection:
        if self._collection is None:
            raise VectorIndexUnavailable(f"Milvus at {self._uri}: no collection is open yet (ensure has not succeeded)")
        return self._collection


async def _create(client: AsyncMilvusClient, collection: _Collection, timeout_s: float) -> None:
    """The collection with its index, loaded. Each step is idempotent, so two workers may do this at once."""
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("item_id", DataType.VARCHAR, is_primary=True, max_length=ID_BYTES)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=collection.dimension)
    schema.add_field("expires_at", DataType.DOUBLE)
    index = client.prepare_index_params()
    index.add_index("vector", index_type="HNSW", metric_type="COSINE", params=HNSW)
    if not await client.has_collection(collection.name, timeout=timeout_s):
        await client.create_collection(
            collection.name, schema=schema, consistency_level="Bounded", shards_num=1, timeout=timeout_s
        )
    await client.create_index(collection.name, index, timeout=timeout_s)
    await client.load_collection(collection.name, timeout=timeout_s)


async def _point_alias(client: AsyncMilvusClient, alias: str, name: str, timeout_s: float) -> None:
    try:
        await client.alter_alias(name, alias, timeout=timeout_s)
    except MilvusException:  # there is no such alias yet; if it was another fault, creating it says so
        await client.create_alias(name, alias, timeout=timeout_s)


def _parts(rows: list[T], size: int) -> Iterator[list[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _among(item_ids: Sequence[str]) -> str:
    return f"item_id in [{', '.join(map(_quoted, item_ids))}]"


def _quoted(text: str) -> str:
    """A string literal of Milvus's filter language, which takes JSON's escapes."""
    return json.dumps(text, ensure_ascii=False)
