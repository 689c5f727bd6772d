"""Items liked by the same people, counted as they come: incremental item-kNN with recency.

Cosine with shrinkage (Sarwar et al., "Item-based collaborative filtering", WWW 2001; shrinkage as in Koren, KDD 2008);
both what is counted and what is asked fade by STEP with every step back in the user's history.
"""

from __future__ import annotations

import numpy as np

from streams.evaluate.methods.base import HISTORY, Act, Asked, Footprint, Likes, Method, Scores, best_then_popular
from streams.evaluate.methods.pairs import Pairs
from streams.evaluate.shelf import Shelf

STEP = 0.93
SHRINK = 5.0
_FADE: Scores = (STEP ** np.arange(HISTORY)).astype(np.float32)


class ItemKnn(Method):
    """All neighbours take part: with this many items, keeping only the nearest saves nothing and costs recall."""

    name = "item-knn"

    def __init__(self, shelf: Shelf) -> None:
        self._likes = Likes(shelf)
        self._pairs = Pairs(len(shelf))

    def recommend(self, asked: Asked, k: int) -> list[int]:
        likes = self._likes
        history = likes.newest(asked.user)
        root = np.sqrt(likes.counts + np.float32(SHRINK))
        near = _FADE[: len(history)] / root[history]
        scores = self._pairs.sums(history, near) / root
        return best_then_popular(scores, likes, likes.shelf.candidates(asked.user), k)

    def learn(self, act: Act) -> None:
        if act.positive:
            before = [row for row in self._likes.newest(act.user) if row != act.item]
            self._pairs.add(act.item, before, _FADE[: len(before)], both=True)
        self._likes.learn(act)

    def footprint(self) -> Footprint:
        return self._likes.footprint(self._pairs.bytes_per_item)
