"""Choose places one by one: good, unlike what is already chosen, and not too much of one kind.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over vectors, with caps per first tag and per creator.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.core.catalogue import NO_TAG
from streams.core.vector_table import Vectors


class Caps:
    """Counts places per label and shuts the candidates of a full one. Beside each candidate its label, or NO_TAG."""

    def __init__(self, labels: Sequence[int], most: int) -> None:
        self._labels, self._most = labels, most
        self._count: dict[int, int] = {}

    def take(self, at: int, shut: list[bool]) -> None:
        """The place goes to candidate `at`; shut every candidate whose label is now full."""
        label = self._labels[at]
        if label == NO_TAG:
            return
        count = self._count[label] = self._count.get(label, 0) + 1
        if count >= self._most:
            for other, its in enumerate(self._labels):
                if its == label:
                    shut[other] = True


def diversified(
    scores: Sequence[float], vectors: Vectors, caps: tuple[Caps, ...], places: int, trade_off: float
) -> list[int]:
    """Indices of at most `places` candidates in the order of the list.

    `scores` any scale, best first (so that ties fall to the first); `vectors` float32[n, d] unit or zero. `trade_off` 0
    ranks by score alone, 1 by unlikeness alone. Fewer than `places` come back when the caps shut all.
    """
    n = len(scores)
    if not n:
        return []
    low, scale = scores[-1], scores[0] - scores[-1]
    relevance = [(1 - trade_off) * ((score - low) / scale if scale > 0 else 1.0) for score in scores]
    cosines = vectors @ vectors.T
    chosen_cosines: list[list[float]] = []  # of each chosen candidate to all
    likeness, compared = [0.0] * n, [0] * n  # to the nearest of the chosen ones compared with so far
    shut = [False] * n
    chosen: list[int] = []
    while len(chosen) < places:
        best, at = float("-inf"), -1
        for candidate in range(n):
            if relevance[candidate] <= best:
                break  # likeness only takes away, and nobody further down is more relevant
            if shut[candidate]:
                continue
            for cosine in chosen_cosines[compared[candidate] :]:
                likeness[candidate] = max(likeness[candidate], cosine[candidate])
            compared[candidate] = len(chosen)
            value = relevance[candidate] - trade_off * likeness[candidate]
            if value > best:
                best, at = value, candidate
        if at < 0:
            break
        chosen.append(at)
        chosen_cosines.append(cosines[at].tolist())
        shut[at] = True
        for cap in caps:
            cap.take(at, shut)
    return chosen
