"""What the vector index adapters share: checks of what goes in, so that all refuse the same mistakes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.ports.vector_index import IndexedItem, Vectors

# Stored in place of 0 (never), so that "not yet expired" is one comparison for every row.
NEVER = 4_102_444_800_000.0


def last_of_each(items: Sequence[IndexedItem], dimension: int) -> list[IndexedItem]:
    """One row per id, the last one given. Raises ValueError for a vector of another dimension."""
    rows = {item.item_id: item for item in items}
    for row in rows.values():
        if row.vector.shape != (dimension,):
            raise ValueError(
                f"item {row.item_id!r}: vector of shape {row.vector.shape}, the index holds ({dimension},)"
            )
    return list(rows.values())


def as_queries(vectors: Vectors, dimension: int) -> Vectors:
    """Query vectors as contiguous float32[n, d]. Raises ValueError for another dimension."""
    queries = np.ascontiguousarray(vectors, dtype=np.float32)
    if queries.ndim != 2 or queries.shape[1] != dimension:
        raise ValueError(f"queries of shape {queries.shape}, the index answers (n, {dimension})")
    return queries


def expiry(item: IndexedItem) -> float:
    """When the row stops being found, Unix seconds."""
    return item.expires_at or NEVER
