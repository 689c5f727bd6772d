"""What looks, reads or sounds like what the user liked: the items' vectors alone."""

from __future__ import annotations

import numpy as np

from streams.evaluate.methods.base import HISTORY, Act, Asked, Footprint, Likes, Method, Scores, best
from streams.evaluate.shelf import Shelf

STEP = 0.93
_FADE: Scores = (STEP ** np.arange(HISTORY)).astype(np.float32)


class Content(Method):
    """Cosine to the mean of the liked items, each step back in the history weighing less; popular for a newcomer.

    `vectors` float32[n, d] by row of the shelf, of unit length, zeros for items that have none.
    """

    def __init__(self, shelf: Shelf, vectors: Scores, name: str = "content") -> None:
        self.name = name
        self._likes = Likes(shelf)
        self._vectors = vectors

    def recommend(self, asked: Asked, k: int) -> list[int]:
        mask = self._likes.shelf.candidates(asked.user)
        history = self._likes.newest(asked.user)
        taste = _FADE[: len(history)] @ self._vectors[history]
        if not taste.any():
            return best(self._likes.counts, mask, k)
        return best(self._vectors @ taste, mask, k)

    def learn(self, act: Act) -> None:
        self._likes.learn(act)

    def footprint(self) -> Footprint:
        return self._likes.footprint(self._vectors.itemsize * self._vectors.shape[1])
