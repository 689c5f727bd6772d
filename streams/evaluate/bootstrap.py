"""How far figures would move had other users come: the percentile bootstrap (Efron 1979), users drawn as wholes.

A user's tests resemble each other, so drawing single tests would make intervals that are too narrow (Field & Welsh,
"Bootstrapping clustered data", JRSS B 2007). A figure is a ratio of sums over users; two methods are compared on the
same draws, which is what makes the comparison paired.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
LEVEL = 0.95
_CHUNK = 100
Doubles = NDArray[np.float64]


def resampled(sums: Doubles, counts: Doubles, seed: int = 0) -> Doubles:
    """float64[RESAMPLES, f] means of float64[users, f] sums over counts; NaN where a resample has no test."""
    here = counts.any(axis=1)
    sums, counts = sums[here], counts[here]
    if not len(sums):
        return np.full((RESAMPLES, sums.shape[1]), np.nan)
    means = []
    for weights in _draws(len(sums), seed):
        tests = weights @ counts
        means.append(np.divide(weights @ sums, tests, out=np.full_like(tests, np.nan), where=tests > 0))
    return np.concatenate(means)


def intervals(means: Doubles) -> Doubles:
    """float64[2, f]: the ends of the 95 % interval of float64[resamples, f]; NaN without any."""
    ends = np.full((2, means.shape[1]), np.nan)
    for column in range(means.shape[1]):
        known = means[~np.isnan(means[:, column]), column]
        if len(known):
            ends[:, column] = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return ends


def two_sided(differences: Doubles) -> float:
    """How often resampled differences float64[n] fall on the rarer side of zero, doubled: a small number tells a real
    difference. At least 1 / (n + 1).
    """
    known = differences[~np.isnan(differences)]
    if not len(known):
        return np.nan
    rarer = min(np.count_nonzero(known <= 0), np.count_nonzero(known >= 0))
    return float(min(1.0, 2 * (rarer + 1) / (len(known) + 1)))


def _draws(users: int, seed: int) -> Iterator[Doubles]:
    """float64[_CHUNK, users]: how often each user is drawn, RESAMPLES rows in all; the same for the same arguments."""
    random = np.random.default_rng((seed, users))
    for _ in range(RESAMPLES // _CHUNK):
        yield random.multinomial(users, np.full(users, 1 / users), size=_CHUNK).astype(np.float64)
