"""What a method must do, and what most of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict, deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.evaluate.shelf import Mask, Shelf
from streams.events import DEFAULT_SURFACE, BehaviourEvent

Scores = NDArray[np.float32]
HISTORY = 50
"""Newest liked items that a method remembers of a user."""


class Act(NamedTuple):
    """One event of the run: who and what as numbers (`item` is a row of the shelf), and whether it is a success."""

    number: int
    user: int
    item: int
    at: float
    positive: bool
    event: BehaviourEvent


class Asked(NamedTuple):
    """A list that is due: for whom, as a number and by id, when (Unix s), and where it will be seen."""

    user: int
    user_id: str
    now: float
    surface: str = DEFAULT_SURFACE


class Footprint(NamedTuple):
    """Bytes of state per user and per item; NaN where nobody is known yet."""

    per_user: float
    per_item: float


class Method(ABC):
    """Recommends, then learns; knows nothing of the events that it has not been told of."""

    name: str
    variant = False  # one of many of the same kind: of these, fewer lists are judged where there are very many

    @abstractmethod
    def recommend(self, asked: Asked, k: int) -> list[int]:
        """At most `k` different rows of the shelf's candidates for the user, best first."""

    @abstractmethod
    def learn(self, act: Act) -> None:
        """Take an event in. The shelf knows of it already."""

    def arrive(self, row: int, at: float) -> None:  # noqa: B027  most methods need not know
        """An item has come onto the shelf."""

    @abstractmethod
    def footprint(self) -> Footprint: ...


class Likes:
    """How often each item was liked, and what each user liked last: what nearly every method needs.

    `counts` float32[n]; `histories`: by user the newest HISTORY rows, oldest first, each once.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.counts: Scores = np.zeros(len(shelf), dtype=np.float32)
        self.histories: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=HISTORY))

    def newest(self, user: int, most: int = HISTORY) -> list[int]:
        """The rows that the user liked last, newest first."""
        history = self.histories.get(user, ())
        return [row for _, row in zip(range(most), reversed(history), strict=False)]

    def learn(self, act: Act) -> None:
        if act.positive:
            self.counts[act.item] += 1
            history = self.histories[act.user]
            if act.item in history:
                history.remove(act.item)
            history.append(act.item)

    def footprint(self, more_per_item: float = 0.0) -> Footprint:
        """Four bytes per remembered row and per count."""
        users = len(self.histories)
        rows = sum(map(len, self.histories.values()))
        return Footprint(4 * rows / users if users else np.nan, 4 + more_per_item)


def best(scores: Scores, mask: Mask, k: int) -> list[int]:
    """The `k` rows of `mask` with the highest scores, best first, ties by row; rows at minus infinity are none."""
    masked = np.where(mask, scores, np.float32(-np.inf)).astype(np.float32, copy=False)
    at = best_of(masked, k)
    rows: list[int] = at[masked[at] > -np.inf].tolist()
    return rows


def best_then_popular(scores: Scores, likes: Likes, mask: Mask, k: int) -> list[int]:
    """The best of the rows with a score above zero; popular ones fill the places that are left."""
    rows = best(np.where(scores > 0, scores, np.float32(-np.inf)), mask, k)
    if len(rows) < k:
        taken = set(rows)
        rows += [row for row in best(likes.counts, mask, k) if row not in taken][: k - len(rows)]
    return rows
