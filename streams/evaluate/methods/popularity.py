"""What most people liked so far."""

from __future__ import annotations

from streams.evaluate.methods.base import Act, Asked, Footprint, Likes, Method, best
from streams.evaluate.shelf import Shelf


class Popularity(Method):
    """By the number of likes, ever; ties by the shelf's order."""

    name = "popularity"

    def __init__(self, shelf: Shelf) -> None:
        self.likes = Likes(shelf)

    def recommend(self, asked: Asked, k: int) -> list[int]:
        return best(self.likes.counts, self.likes.shelf.candidates(asked.user), k)

    def learn(self, act: Act) -> None:
        self.likes.learn(act)

    def footprint(self) -> Footprint:
        return Footprint(0.0, 4.0)
