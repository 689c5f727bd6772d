"""Between a list and what its user did next: the candidates of the last lists, and the lessons made of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Floats
from streams.core.hashing import item_hash
from streams.core.learning.influence import Influence
from streams.core.learning.lesson import Lesson, importance_of, odds_of
from streams.core.recommend import Ranking


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    """Candidates of a list: item hashes uint32[n], features float32[n, f]; hashes of its places; when it was made."""

    hashes: NDArray[np.uint32]
    features: Floats
    places: tuple[int, ...]
    made_at: float


class Lessons:
    """Remembers the last list of the `most` users that got one last, at most `candidates` of each: 30 kB a list."""

    def __init__(self, most: int = 2_000, candidates: int = 256) -> None:
        self._most = most
        self._candidates = candidates
        self._pending: OrderedDict[str, _Pending] = OrderedDict()
        self._influence = Influence()

    def note(self, user_id: str, ranking: Ranking) -> None:
        """A list was sent: the user's next positive act will be read against its candidates."""
        context, pool = ranking.context, ranking.scored.pool
        hashes, columns = context.catalogue.hashes(pool.rows), ranking.scored.features.T
        places = hashes[[place.pool_at for place in ranking.places if place.pool_at >= 0]].tolist()
        if len(hashes) > self._candidates:
            kept = self._kept(ranking)
            hashes, columns = hashes[kept], columns.take(kept, axis=1)
        else:
            columns = columns.copy()  # it is a part of its micro-batch's, which may go
        self._pending[user_id] = _Pending(hashes, columns.T, tuple(places), context.now)
        self._pending.move_to_end(user_id)
        if len(self._pending) > self._most:
            self._pending.popitem(last=False)

    def made_of(self, user_id: str, item_id: str, exposures: Iterable[tuple[int, int]] = ()) -> Lesson | None:
        """The lesson of a positive act. None without a list, and for an item that no source had proposed.

        `exposures`: (time in s, item hash) of the user's impressions; those since the list say what was seen of it.
        """
        pending = self._pending.get(user_id)
        if pending is None:
            return None
        target = item_hash(item_id)
        at = np.flatnonzero(pending.hashes == target)
        if not len(at):
            return None
        shown = {item for s, item in exposures if s >= int(pending.made_at)}
        return Lesson(
            pending.features,
            int(at[0]),
            odds_of(pending.hashes, shown - {target}),
            importance_of(_place(pending, target, shown)) * self._influence.of(user_id),
        )

    def forget(self, user_id: str) -> None:
        """Drop what is remembered of a user (erasure)."""
        self._pending.pop(user_id, None)
        self._influence.forget(user_id)

    def _kept(self, ranking: Ranking) -> NDArray[np.intp]:
        """Of more candidates than are kept the best half and, evenly drawn, others."""
        scores = ranking.scored.contributions.sum(axis=1)
        order = np.argsort(-scores, kind="stable")
        best, rest = order[: self._candidates // 2], order[self._candidates // 2 :]
        return np.concatenate((best, rest[:: -(-len(rest) // (self._candidates - len(best)))]))


def _place(pending: _Pending, target: int, shown: Collection[int]) -> int | None:
    if target in shown and target in pending.places:
        return pending.places.index(target)
    return None
