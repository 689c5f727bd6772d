"""What people like lately: each like counts half after a thousand further ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.methods.base import Act, Asked, Footprint, Method, best
from streams.evaluate.shelf import Shelf

HALF_LIFE = 1000.0
"""In likes of the whole run, so that it means the same in a busy and in a quiet data set."""

_RESCALE_AT = 500.0


class DecayedPopularity(Method):
    """Forward decay (Cormode et al., ICDE 2009): a later like weighs more, and nothing is recomputed as others come."""

    name = "decayed-popularity"

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.weights: NDArray[np.float64] = np.zeros(len(shelf))
        self._age = 0.0  # in half-lives since the weights were scaled last

    def recommend(self, asked: Asked, k: int) -> list[int]:
        scores = (self.weights * 2.0**-self._age).astype(np.float32)
        return best(scores, self._shelf.candidates(asked.user), k)

    def learn(self, act: Act) -> None:
        if not act.positive:
            return
        self._age += 1 / HALF_LIFE
        if self._age > _RESCALE_AT:  # long before a float64 overflows
            self.weights *= 2.0**-self._age
            self._age = 0.0
        self.weights[act.item] += 2.0**self._age

    def footprint(self) -> Footprint:
        return Footprint(0.0, 8.0)
