"""The interest searches of a micro-batch: one call to the index for all users, nothing asked twice without need."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from streams.core.candidates.base import Hits
from streams.core.vectors import stacked
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.clock import Clock
from streams.ports.vector_index import Hit, VectorIndex, VectorIndexUnavailable

log = structlog.get_logger()

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What one interest found: the vector asked for, of which encoder version, and its hits. `arrivals` dates it."""

    vector: NDArray[np.float32]
    hits: Hits
    arrivals: int
    version: str


class InterestSearch:
    """Batched search with reuse and a breaker. `door` opens the collection of an encoder version, None while it can't.

    An interest that moved by less than `reuse_cosine` since its last search keeps that search's hits. Items that
    arrived since are not missed: the fresh source searches the newest `fresh_items` exactly, so a result is kept only
    while fewer than half of that many have arrived. When the index fails, it is left alone for a pause that doubles
    up to five seconds: a dead index must cost a list its interest candidates, not its timeliness.
    """

    def __init__(
        self,
        door: Callable[[str], VectorIndex | None],
        clock: Clock,
        *,
        k: int,
        reuse_cosine: float,
        fresh_items: int,
        remembered_users: int = 20_000,
    ) -> None:
        self._door = door
        self._clock = clock
        self._k = k
        self._reuse_cosine = reuse_cosine
        self._stale_after = fresh_items // 2
        self._remembered_users = remembered_users
        self._searched: OrderedDict[str, list[Searched]] = OrderedDict()
        self._pause_s = 0.0
        self._asleep_until = 0.0

    def forget(self, user_id: str) -> None:
        self._searched.pop(user_id, None)

    async def search(
        self, wanted: Sequence[tuple[str, NDArray[np.float32]]], arrivals: int, version: str
    ) -> list[list[Hits | None]]:
        """For each (user, interest vectors float32[n, d]) the hits of each interest; None where nobody answered.

        `arrivals` counts the items that have arrived so far; `version` is the encoder version of all the vectors.
        """
        kept = [[self._kept(user_id, vector, arrivals, version) for vector in vectors] for user_id, vectors in wanted]
        missing = [
            vectors[i]
            for (_, vectors), found in zip(wanted, kept, strict=True)
            for i in range(len(vectors))
            if found[i] is None
        ]
        series(metrics.SEARCHES, "reused").inc(sum(s is not None for found in kept for s in found))
        fresh = iter(await self._ask(stacked(missing), version) if missing else [])
        results = []
        for (user_id, vectors), found in zip(wanted, kept, strict=True):
            # The iterator runs dry when the index could not be asked: those interests have no hits this time.
            searched = [
                old or self._searched_now(vector, next(fresh, None), arrivals, version)
                for vector, old in zip(vectors, found, strict=True)
            ]
            results.append([None if s is None else s.hits for s in searched])
            self._remember(user_id, [s for s in searched if s is not None])
        return results

    @staticmethod
    def _searched_now(
        vector: NDArray[np.float32], hits: list[Hit] | None, arrivals: int, version: str
    ) -> Searched | None:
        if hits is None:
            return None
        scores = np.array([hit.score for hit in hits], dtype=np.float32)
        return Searched(vector, Hits([hit.item_id for hit in hits], scores), arrivals, version)

    def _kept(self, user_id: str, vector: NDArray[np.float32], arrivals: int, version: str) -> Searched | None:
        for old in self._searched.get(user_id, ()):
            if old.version != version:
                continue
            if arrivals - old.arrivals <= self._stale_after and float(old.vector @ vector) >= self._reuse_cosine:
                return old
        return None

    def _remember(self, user_id: str, searched: list[Searched]) -> None:
        self._searched[user_id] = searched
        self._searched.move_to_end(user_id)
        if len(self._searched) > self._remembered_users:
            self._searched.popitem(last=False)

    def _opened(self, version: str) -> VectorIndex:
        door = self._door(version)
        if door is None:
            raise VectorIndexUnavailable(f"the collection of {version or 'the encoder'} is not open yet")
        return door

    async def _ask(self, vectors: NDArray[np.float32], version: str) -> list[list[Hit]]:
        """The hits of each row, or nothing at all while the index is down."""
        now = self._clock.now()
        if now < self._asleep_until:
            series(metrics.SEARCHES, "skipped").inc(len(vectors))
            return []
        try:
            hits = await self._opened(version).search(vectors, self._k)
        except VectorIndexUnavailable as error:
            self._pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, self._pause_s * 2))
            self._asleep_until = now + self._pause_s
            series(metrics.SEARCHES, "failed").inc(len(vectors))
            log.warning("vector_index_unavailable", error=str(error), pause_s=self._pause_s)
            return []
        self._pause_s = 0.0
        series(metrics.SEARCHES, "asked").inc(len(vectors))
        return hits
