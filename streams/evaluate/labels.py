"""What the items' tags say of a list: how diverse it is, how well it keeps to the user's mix, and how novel.

Intra-list diversity: mean distance of its pairs (Ziegler et al., WWW 2005), here one minus the Jaccard index of their
tags. Calibration: Kullback-Leibler divergence of the list's tags from the user's (Steck, RecSys 2018; 0 is perfect).
Novelty: mean self-information of its items in bits (Zhou et al., PNAS 2010), by the acts so far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.shelf import Shelf

BEYOND = ("novelty", "diversity", "calibration")
MOST_TAGS = 64
SMOOTHING = 0.01
Doubles = NDArray[np.float64]


class Labels:
    """`tags` by item id. Only the commonest MOST_TAGS are told apart; the others are one."""

    def __init__(self, shelf: Shelf, tags: Mapping[str, Sequence[str]], users: int) -> None:
        self._shelf = shelf
        common = [tag for tag, _ in Counter(t for of in tags.values() for t in set(of)).most_common(MOST_TAGS)]
        column = {tag: at for at, tag in enumerate(common)}
        self._has: NDArray[np.float32] = np.zeros((len(shelf), len(common) + 1), dtype=np.float32)
        for item_id, of in tags.items():
            for tag in of:
                self._has[shelf.row_of[item_id], column.get(tag, len(common))] = 1
        total = self._has.sum(axis=1, keepdims=True)
        self._share = self._has / np.maximum(total, 1)
        self._of_user: NDArray[np.float32] = np.zeros((users, len(common) + 1), dtype=np.float32)

    def liked(self, user: int, row: int) -> None:
        self._of_user[user] += self._share[row]

    def beyond(self, user: int, rows: Sequence[int]) -> tuple[float, ...]:
        """The figures of BEYOND; NaN where tags or history are missing."""
        if not rows:
            return (np.nan,) * len(BEYOND)
        at = np.array(rows)
        return self._novelty(at), self._diversity(self._has[at]), self._calibration(user, self._share[at])

    def _novelty(self, rows: NDArray[np.int64]) -> float:
        events = self._shelf.events
        share = (events[rows] + 1) / (events.sum() + len(events))
        return float(-np.log2(share).mean())

    @staticmethod
    def _diversity(has: NDArray[np.float32]) -> float:
        tagged = has[has.any(axis=1)]
        n = len(tagged)
        if n < 2:
            return np.nan
        both = tagged @ tagged.T
        each = tagged.sum(axis=1)
        alike = both / (each[:, None] + each - both)
        return float(1 - (alike.sum() - n) / (n * (n - 1)))

    def _calibration(self, user: int, shares: NDArray[np.float32]) -> float:
        liked, listed = self._of_user[user].astype(np.float64), shares.sum(axis=0, dtype=np.float64)
        if not liked.any() or not listed.any():
            return np.nan
        p, q = liked / liked.sum(), listed / listed.sum()
        q = (1 - SMOOTHING) * q + SMOOTHING * p
        some = p > 0
        return float((p[some] * np.log2(p[some] / q[some])).sum())
