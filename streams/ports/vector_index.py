"""What Upwell needs of a vector store, and nothing more."""

from __future__ import annotations

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

    async def ensure(self, dimension: int, encoder_version: str, *, alias: bool = True) -> None:
        """Create the collection of this version if missing, open it, and (with `alias`) point the alias at it."""

    def sibling(self) -> VectorIndex:
        """Another door to the same store, not open yet: for a second encoder version beside this one.

        Each is closed by itself. `ensure` it with `alias=False`, or readers of the alias change with it.
        """

    async def point_alias(self) -> None:
        """From now on, readers of the alias see the collection that is open here; one step, nothing between."""

    async def aliased(self) -> str | None:
        """The name of the collection that readers of the alias see; None while there is none."""

    async def drop(self, encoder_version: str) -> None:
        """Delete the collection of another version than the open one; nothing happens when there is none."""

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
