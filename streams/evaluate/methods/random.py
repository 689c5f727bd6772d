"""Items drawn at random: the floor."""

from __future__ import annotations

import numpy as np

from streams.evaluate.methods.base import Act, Asked, Footprint, Method
from streams.evaluate.shelf import Shelf


class Random(Method):
    """Uniform over the candidates."""

    name = "random"

    def __init__(self, shelf: Shelf, seed: int) -> None:
        self._shelf = shelf
        self._random = np.random.default_rng(seed)

    def recommend(self, asked: Asked, k: int) -> list[int]:
        rows = np.flatnonzero(self._shelf.candidates(asked.user))
        drawn: list[int] = self._random.choice(rows, size=min(k, len(rows)), replace=False).tolist()
        return drawn

    def learn(self, act: Act) -> None:
        """There is nothing to learn."""

    def footprint(self) -> Footprint:
        return Footprint(0.0, 0.0)
