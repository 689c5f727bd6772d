"""Incremental matrix factorisation of likes, by pairs: what was liked above what was not, a few steps per event.

The loss is BPR's (Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009), learned as the
events come (Diaz-Aviles et al., "Real-time top-n recommendation in social streams", RecSys 2012). A bias per item holds
its popularity.
"""

from __future__ import annotations

import numpy as np

from streams.evaluate.methods.base import Act, Asked, Footprint, Likes, Method, Scores, best
from streams.evaluate.shelf import Shelf

FACTORS = 32
RATE = np.float32(0.05)
DECAY = np.float32(0.002)
NEGATIVES = 10
START = 0.1  # deviation of the factors that a new user or item starts with


class Factorisation(Method):
    """Scores are how near user and item are, and the item's bias; a newcomer gets the items by bias."""

    name = "factorisation"

    def __init__(self, shelf: Shelf, seed: int) -> None:
        self._likes = Likes(shelf)
        self._random = np.random.default_rng(seed)
        self._items: Scores = np.zeros((len(shelf), FACTORS), dtype=np.float32)
        self._bias: Scores = np.zeros(len(shelf), dtype=np.float32)
        self._users: dict[int, Scores] = {}
        self._known: list[int] = []  # liked by somebody

    def recommend(self, asked: Asked, k: int) -> list[int]:
        taste = self._users.get(asked.user)
        scores = self._bias if taste is None else self._items @ taste + self._bias
        known = np.where(self._likes.counts > 0, scores, np.float32(-np.inf))
        mask = self._likes.shelf.candidates(asked.user)
        rows = best(known, mask, k)
        if len(rows) < k:  # more places than items that anybody has liked
            taken = set(rows)
            rows += [row for row in best(scores, mask, 2 * k) if row not in taken][: k - len(rows)]
        return rows

    def learn(self, act: Act) -> None:
        if not act.positive:
            return
        if not self._likes.counts[act.item]:
            self._known.append(act.item)
            self._items[act.item] = self._drawn()
        self._likes.learn(act)
        user = self._users.setdefault(act.user, self._drawn())
        mine = set(self._likes.newest(act.user))
        item, bias = self._items[act.item], self._bias
        for at in self._random.integers(len(self._known), size=NEGATIVES):
            row = self._known[at]
            if row in mine:
                continue
            other = self._items[row]
            gap = user @ (item - other) + bias[act.item] - bias[row]
            pull = RATE / (1 + np.exp(gap))
            before = user.copy()
            user += pull * (item - other) - RATE * DECAY * user
            item += pull * before - RATE * DECAY * item
            other -= pull * before + RATE * DECAY * other
            bias[act.item] += pull - RATE * DECAY * bias[act.item]
            bias[row] -= pull + RATE * DECAY * bias[row]

    def footprint(self) -> Footprint:
        return Footprint(4.0 * FACTORS, 4.0 * FACTORS + 8)

    def _drawn(self) -> Scores:
        return self._random.normal(0, START, FACTORS).astype(np.float32)
