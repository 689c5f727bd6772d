"""Incremental matrix factorisation of likes alone, one gradient step per event.

ISGD (Vinagre, Jorge & Gama, "Fast incremental matrix factorization for recommendation with positive-only feedback",
UMAP 2014) with recency-based negatives (Vinagre, Jorge & Gama, "Collaborative filtering with recency-based negative
feedback", SAC 2015): the items that nobody liked for longest stand in for dislikes.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from streams.evaluate.methods.base import Act, Footprint, Likes, Method, Scores, best
from streams.evaluate.shelf import Shelf

FACTORS = 50
RATE = np.float32(0.05)
DECAY = np.float32(0.01)
NEGATIVES = 2
START = 0.1  # deviation of the factors that a new user or item starts with


class Factorisation(Method):
    """Scores are how near user and item are; a newcomer gets the popular list."""

    name = "factorisation"

    def __init__(self, shelf: Shelf, seed: int) -> None:
        self._likes = Likes(shelf)
        self._random = np.random.default_rng(seed)
        self._items: Scores = np.zeros((len(shelf), FACTORS), dtype=np.float32)
        self._users: dict[int, Scores] = {}
        self._queue: OrderedDict[int, None] = OrderedDict()  # liked items, the one liked longest ago first

    def recommend(self, user: int, user_id: str, now: float, k: int) -> list[int]:
        mask = self._likes.shelf.candidates(user)
        if user not in self._users:
            return best(self._likes.counts, mask, k)
        return best(self._items @ self._users[user], mask, k)

    def learn(self, act: Act) -> None:
        self._likes.learn(act)
        if not act.positive:
            return
        user = self._users.get(act.user)
        if user is None:
            user = self._users[act.user] = self._drawn()
        if act.item not in self._queue:
            self._items[act.item] = self._drawn()
        for row in list(self._queue)[:NEGATIVES] if len(self._queue) > NEGATIVES else ():
            item = self._items[row]
            user += RATE * (-(user @ item) * item - DECAY * user)
            self._queue.move_to_end(row)
        item = self._items[act.item]
        error = 1 - user @ item
        user += RATE * (error * item - DECAY * user)
        item += RATE * (error * user - DECAY * item)
        self._queue[act.item] = None
        self._queue.move_to_end(act.item)

    def footprint(self) -> Footprint:
        return Footprint(4.0 * FACTORS, 4.0 * FACTORS)

    def _drawn(self) -> Scores:
        return self._random.normal(0, START, FACTORS).astype(np.float32)
