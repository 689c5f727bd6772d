"""Figures of one list against what turned out to be right.

Recall, precision, F1, reciprocal rank and hit rate as in Herlocker et al. (TOIS 2004), NDCG as in Järvelin and
Kekäläinen (TOIS 2002) with gains of one. With one right item, as in a prequential test, recall and hit rate are equal.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

ACCURACY = ("recall", "precision", "f1", "ndcg", "mrr", "hit_rate", "accuracy_of_top")


def accuracy(rows: Sequence[int], right: Collection[int], k: int) -> tuple[float, ...]:
    """The figures of ACCURACY for a list cut at `k`. `right` holds at least one row."""
    places = [place for place, row in enumerate(rows[:k]) if row in right]
    hits = len(places)
    if not hits:
        return (0.0,) * len(ACCURACY)
    recall, precision = hits / len(right), hits / k
    gain = sum(1 / math.log2(place + 2) for place in places)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(k, len(right))))
    f1 = 2 * precision * recall / (precision + recall)
    return recall, precision, f1, gain / ideal, 1 / (places[0] + 1), 1.0, float(places[0] == 0)


def gini(shown: NDArray[np.int64]) -> float:
    """How unevenly places went to items: 0 when all were shown alike, towards 1 when one had them all; NaN for none.

    `shown` int64[n] has one count per candidate, zeros too.
    """
    total, n = int(shown.sum()), len(shown)
    if not total:
        return math.nan
    weighed = float((np.arange(1, n + 1) * np.sort(shown)).sum())
    return 2 * weighed / (n * total) - (n + 1) / n
