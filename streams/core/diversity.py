"""Choose places one by one: good, unlike what is already chosen, and not too much of one kind.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over vectors, with caps per first tag and per creator.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Floats
from streams.core.catalogue import NO_TAG
from streams.core.rows import Rows
from streams.core.vector_table import Vectors


class Caps:
    """Counts places per label and says which labels are full."""

    def __init__(self, labels: Rows, most: int) -> None:
        self._labels, self._most = labels, most
        self._count: Counter[int] = Counter()

    def take(self, at: int, open_: NDArray[np.bool_]) -> None:
        """The place goes to candidate `at`; close every candidate whose label is now full."""
        label = int(self._labels[at])
        if label == NO_TAG:
            return
        self._count[label] += 1
        if self._count[label] >= self._most:
            open_ &= self._labels != label


def diversified(scores: Floats, vectors: Vectors, caps: tuple[Caps, ...], places: int, trade_off: float) -> list[int]:
    """Indices of at most `places` candidates in the order of the list.

    `scores` float32[n] any scale, best first (so that ties fall to the first); `vectors` float32[n, d] unit or zero.
    `trade_off` 0 ranks by score alone, 1 by unlikeness alone. Fewer than `places` come back when the caps close all.
    """
    n = len(scores)
    if not n:
        return []
    low, high = float(scores.min()), float(scores.max())
    relevance = (scores - low) / (high - low) if high > low else np.ones(n, dtype=np.float32)
    relevance = (1 - trade_off) * relevance
    cosines = vectors @ vectors.T
    likeness = np.zeros(n, dtype=np.float32)
    open_ = np.ones(n, dtype=np.bool_)
    chosen: list[int] = []
    while len(chosen) < places and open_.any():
        at = int(np.where(open_, relevance - trade_off * likeness, -np.inf).argmax())
        chosen.append(at)
        open_[at] = False
        np.maximum(likeness, cosines[at], out=likeness)
        for cap in caps:
            cap.take(at, open_)
    return chosen
