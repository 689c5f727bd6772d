"""Choose places one by one: good, unlike what is already chosen, and not too much of one kind.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over vectors, with caps per label (first tag, creator).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.catalogue import NO_TAG
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.vector_table import NO_SLOT, Vectors

Scores = NDArray[np.float32]


@compiled("f4(f4[:, ::1], i4, i4)")
def _cosine(vectors: Vectors, one: int, other: int) -> np.float32:
    """Of the unit vectors in two slots; 0 for who has none."""
    cosine = np.float32(0)
    if min(one, other) != NO_SLOT:
        for i in range(vectors.shape[1]):
            cosine += vectors[one, i] * vectors[other, i]
    return cosine


@compiled("i8[::1](f4[::1], f4[:, ::1], i4[::1], i4[:, ::1], i8[:, ::1], i8, f8)")
def diversified(  # noqa: PLR0912, PLR0917 - one algorithm; compiled functions take no keywords
    scores: Scores, vectors: Vectors, slots: Rows, labels: Rows, caps: Places, places: int, trade_off: float
) -> Places:
    """Indices of at most `places` candidates in the order of the list.

    `scores` float32[n] of any scale, best first (so that ties fall to the first); `slots` int32[n]: which of `vectors`
    float32[slots, d] is whose (NO_SLOT = none). Of one label at most so many get a place as `caps` int64[c, n] says
    beside it, for each of the kinds of `labels` int32[c, n] (NO_TAG = none; c may be 0). `trade_off` 0 ranks by score
    alone, 1 by unlikeness alone. Fewer than `places` come back when the caps shut all.
    """
    n = len(scores)
    chosen = np.empty(min(n, places), dtype=np.int64)
    taken = 0
    if n == 0:
        return chosen
    low, scale = scores[n - 1], scores[0] - scores[n - 1]
    relevance = np.empty(n)
    for at in range(n):
        relevance[at] = (1 - trade_off) * ((scores[at] - low) / scale if scale > 0 else 1.0)
    likeness = np.zeros(n)
    compared = np.zeros(n, dtype=np.int64)  # with how many of the chosen ones: the rest is looked at only when needed
    shut = np.zeros(n, dtype=np.bool_)
    while taken < len(chosen):
        best, found = -np.inf, -1
        for at in range(n):
            if relevance[at] <= best:
                break  # likeness only takes away, and nobody further down is more relevant
            if shut[at]:
                continue
            for other in chosen[compared[at] : taken]:
                likeness[at] = max(likeness[at], _cosine(vectors, slots[at], slots[other]))
            compared[at] = taken
            value = relevance[at] - trade_off * likeness[at]
            if value > best:
                best, found = value, at
        if found < 0:
            break
        chosen[taken] = found
        taken += 1
        shut[found] = True
        for kind in range(len(caps)):
            label = labels[kind, found]
            if label == NO_TAG:
                continue
            count = 0
            for other in chosen[:taken]:
                count += labels[kind, other] == label
            if count >= caps[kind, found]:
                shut |= labels[kind] == label
    return chosen[:taken]
