"""What Upwell needs of a store of users' interests: to find whom an item may please."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streams.ports.vector_index import Vectors


@dataclass(frozen=True, slots=True)
class UserHit:
    """One user: `score` is the cosine in [-1, 1] of the nearest of their interests."""

    user_id: str
    score: float


class UserIndex(Protocol):
    """Cosine search over the unit vectors of users' interests, of ONE encoder version; several vectors a user.

    Every method raises VectorIndexUnavailable when the store cannot do it now.
    """

    async def put(self, users: Mapping[str, Vectors]) -> None:
        """A user's interests float32[n, d] in place of all that were there; n may be 0. Repeating it changes nothing.

        Of more than eight interests the first eight are kept.
        """

    async def forget(self, user_ids: Sequence[str]) -> None: ...

    async def stored(self, user_ids: Sequence[str]) -> dict[str, Vectors]:
        """float32[n, d] of each user who has any."""

    async def nearest(self, vectors: Vectors, users: int, least: float) -> list[list[UserHit]]:
        """For each row of `vectors` float32[n, d] at most so many users with an interest of at least that cosine, best
        first, each once. A user just written is found within seconds, not at once.
        """
