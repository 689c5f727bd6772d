"""Items that people went to right after what this user liked last: ordered transitions (a first-order Markov chain)."""

from __future__ import annotations

import numpy as np

from streams.evaluate.methods.base import Act, Asked, Footprint, Likes, Method, Scores, best_then_popular
from streams.evaluate.methods.pairs import Pairs
from streams.evaluate.shelf import Shelf

ASKED = 3  # newest likes whose successors are asked
FADE = 0.5
SHRINK = 5.0
_FADES: Scores = (FADE ** np.arange(ASKED)).astype(np.float32)
_ONE: Scores = np.ones(1, dtype=np.float32)


class NextAfter(Method):
    """How often it came next, over the root of its count."""

    name = "next-after"

    def __init__(self, shelf: Shelf) -> None:
        self._likes = Likes(shelf)
        self._pairs = Pairs(len(shelf))

    def recommend(self, asked: Asked, k: int) -> list[int]:
        likes = self._likes
        last = likes.newest(asked.user, ASKED)
        scores = self._pairs.sums(last, _FADES[: len(last)]) / np.sqrt(likes.counts + np.float32(SHRINK))
        return best_then_popular(scores, likes, likes.shelf.candidates(asked.user), k)

    def learn(self, act: Act) -> None:
        if act.positive:
            for before in self._likes.newest(act.user, 1):
                if before != act.item:
                    self._pairs.add(before, [act.item], _ONE, both=False)
        self._likes.learn(act)

    def footprint(self) -> Footprint:
        return self._likes.footprint(self._pairs.bytes_per_item)
