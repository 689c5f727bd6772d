"""Where both peers search: Milvus through pymilvus, or exact numpy for trials on a machine without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient

Hits = list[tuple[str, float]]


class Store(Protocol):
    """Unit vectors by item id, searched by cosine."""

    def search(self, vectors: NDArray[np.float32], k: int) -> list[Hits]:
        """The k nearest of each row of float32[n, d], best first."""

    def upsert(self, item_ids: Sequence[str], vectors: NDArray[np.float32]) -> None: ...

    def count(self) -> int: ...


class MilvusStore:
    """One collection with an HNSW index, as its documentation recommends for this size."""

    def __init__(self, uri: str, collection: str, dimension: int) -> None:
        self._client = MilvusClient(uri)
        self._collection = collection
        if not self._client.has_collection(collection):
            self._create(dimension)

    def search(self, vectors: NDArray[np.float32], k: int) -> list[Hits]:
        found = self._client.search(
            self._collection,
            data=list(vectors),
            anns_field="vector",
            limit=k,
            search_params={"metric_type": "COSINE", "params": {"ef": max(64, k)}},
        )
        return [[(hit["id"], hit["distance"]) for hit in hits] for hits in found]

    def upsert(self, item_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        rows = [{"id": item_id, "vector": vector} for item_id, vector in zip(item_ids, vectors, strict=True)]
        self._client.upsert(self._collection, rows)

    def count(self) -> int:
        rows = self._client.query(self._collection, filter="", output_fields=["count(*)"], consistency_level="Strong")
        return int(rows[0]["count(*)"])

    def drop(self) -> None:
        self._client.drop_collection(self._collection)

    def _create(self, dimension: int) -> None:
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=512)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        index = MilvusClient.prepare_index_params()
        index.add_index("vector", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 200})
        self._client.create_collection(self._collection, schema=schema, index_params=index)
        self._client.load_collection(self._collection)


class ExactStore:
    """Exact search in this process, for trials without Milvus; never used for a printed figure."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._vectors: NDArray[np.float32] | None = None

    def search(self, vectors: NDArray[np.float32], k: int) -> list[Hits]:
        if self._vectors is None:
            return [[] for _ in vectors]
        scores = vectors @ self._vectors.T
        best = np.argsort(-scores, axis=1)[:, :k]
        return [[(self._ids[i], float(row[i])) for i in order] for row, order in zip(scores, best, strict=True)]

    def count(self) -> int:
        return len(self._ids)

    def upsert(self, item_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._ids.extend(item_ids)
        self._vectors = vectors if self._vectors is None else np.concatenate([self._vectors, vectors])
