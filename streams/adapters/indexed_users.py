"""Users' interests as rows of any vector index: one row an interest, its number before the user's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from streams.ports.user_index import UserHit, UserIndex
from streams.ports.vector_index import IndexedItem, VectorIndex, Vectors

MOST: Final = 8
"""Interests of one user. The number is one character, so the rest of a row's id is the user's."""

_ROWS_PER_USER = 2  # asked for: interests of one user lie apart, and two of them rarely fit one item


class IndexedUsers(UserIndex):
    """`index` is open at the collection of one encoder version, which holds nothing else."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index

    async def put(self, users: Mapping[str, Vectors]) -> None:
        rows = [
            IndexedItem(_row(number, user_id), vector)
            for user_id, interests in users.items()
            for number, vector in enumerate(interests[:MOST])
        ]
        gone = [
            _row(number, user_id)
            for user_id, interests in users.items()
            for number in range(min(len(interests), MOST), MOST)
        ]
        # Killed between the two, a user has an interest too many until they are written again.
        if rows:
            await self._index.upsert(rows)
        if gone:
            await self._index.delete(gone)

    async def forget(self, user_ids: Sequence[str]) -> None:
        if user_ids:
            await self._index.delete([_row(number, user_id) for user_id in user_ids for number in range(MOST)])

    async def stored(self, user_ids: Sequence[str]) -> dict[str, Vectors]:
        found = await self._index.fetch([_row(number, user_id) for user_id in user_ids for number in range(MOST)])
        interests: dict[str, list[Vectors]] = {}
        for row in sorted(found):
            interests.setdefault(row[1:], []).append(found[row])
        return {user_id: np.stack(vectors) for user_id, vectors in interests.items()}

    async def nearest(self, vectors: Vectors, users: int, least: float) -> list[list[UserHit]]:
        answers = await self._index.search(vectors, _ROWS_PER_USER * users)
        nearest = []
        for hits in answers:
            best: dict[str, float] = {}
            for hit in hits:
                if hit.score >= least:
                    best.setdefault(hit.item_id[1:], hit.score)
            nearest.append([UserHit(*pair) for pair in list(best.items())[:users]])
        return nearest


def _row(number: int, user_id: str) -> str:
    return f"{number}{user_id}"
