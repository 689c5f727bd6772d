"""The places of the highest scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.compiled import compiled
from streams.core.segments import Places


@compiled("i8[::1](f4[::1], i8)")
def best_of(scores: NDArray[np.float32], most: int) -> Places:
    """Places of the `most` highest scores, best first, ties by place."""
    at = np.arange(len(scores))
    if len(scores) > most:
        # A partition breaks ties as it likes: take all that reach the least score kept, then cut in order.
        at = np.flatnonzero(scores >= np.partition(scores, len(scores) - most)[len(scores) - most])
    best: Places = at[np.argsort(-scores[at], kind="mergesort")][:most]
    return best
