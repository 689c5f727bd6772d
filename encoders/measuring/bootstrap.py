"""Percentile bootstrap (Efron 1979): how far a mean over queries would move had others been asked."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
LEVEL = 0.95
Doubles = NDArray[np.float64]
Interval = tuple[float, float]


def interval(values: NDArray[np.floating], seed: int = 0) -> Interval:
    """The 95 % interval of the mean of float[q], by resampling the q queries."""
    low, high = np.quantile(_weights(len(values), seed) @ values.astype(np.float32), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def median_interval(values: NDArray[np.floating], seed: int = 0, resamples: int = 200) -> Interval:
    """The 95 % interval of the median of float[q]."""
    rng = np.random.default_rng(seed)
    drawn = values[rng.integers(0, len(values), (resamples, len(values)))]
    low, high = np.quantile(np.median(drawn, axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


@lru_cache(maxsize=8)  # rows and pairs of one data set share their number of queries
def _weights(queries: int, seed: int) -> NDArray[np.float32]:
    """float32[resamples, q]: how often each query is drawn, over q."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(queries, np.full(queries, 1.0 / queries), size=RESAMPLES)
    return (drawn / queries).astype(np.float32)
