"""Add up what several liked items say about the same candidates, remembering which of them said it loudest."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Candidates, Floats, best_of
from streams.core.rows import Rows


def accumulated(rows: Rows, weights: Floats, causes: Rows, most: int) -> Candidates:
    """Sum `weights` float32[m] by `rows` int32[m]; keep the `most` largest sums, each with its loudest cause."""
    if not len(rows):
        return Candidates.none()
    distinct, inverse = np.unique(rows, return_inverse=True)
    sums = np.bincount(inverse, weights=weights, minlength=len(distinct)).astype(np.float32)
    kept = best_of(sums, most)
    loudest = np.zeros(len(distinct), dtype=np.float32)
    np.maximum.at(loudest, inverse, weights)
    speakers = np.flatnonzero(weights >= loudest[inverse])[::-1]  # reversed: on a tie the first one is written last
    cause = np.zeros(len(distinct), dtype=np.int32)
    cause[inverse[speakers]] = causes[speakers]
    return Candidates(distinct[kept], sums[kept], cause[kept])
