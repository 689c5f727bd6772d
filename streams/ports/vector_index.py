"""What Upwell needs of a vector store, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class VectorIndexUnavailable(Exception):
    """The store did not answer in time or refused: retry later; recommendations go on without it."""


@dataclass(frozen=True, slots=True)
class IndexedItem:
    """A row: the item's id, its unit vector float32[d], and when it stops being recommendable (Unix s, 0 = never)."""

    item_id: str
    vector: Vectors
    expires_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """One neighbour: `score` is the cosine in [-1, 1]."""

    item_id: str
    score: float


class VectorIndex(Protocol):
    """Cosine search over unit vectors of ONE encoder version. Writes are upserts: repeating one changes nothing.

    Every method raises VectorIndexUnavailable when the store cannot do it now.
    """

    async def ensure(self, dimension: int, encoder_version: str) -> None:
        """Create the collection of this version if missing, and point the alias at it."""

    async def upsert(self, items: Sequence[IndexedItem]) -> None: ...

    async def delete(self, item_ids: Sequence[str]) -> None: ...

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        """The k nearest of each row of `vectors` float32[n, d], best first; fewer when there are fewer.

        Expired rows are not found. A row just written is found within seconds, not at once.
        """

    async def fetch(self, item_ids: Sequence[str]) -> dict[str, Vectors]:
        """Vectors of the ids that exist."""

    async def item_ids(self) -> set[str]:
        """The ids of every row, expired ones too."""

    async def count(self) -> int: ...

    async def clear(self) -> None:
        """Drop every row (used by reindex)."""

    async def close(self) -> None: ...
