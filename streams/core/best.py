"""The places of the highest scores.

Sorting and partitioning branch on every comparison, and of these a processor guesses half wrong: most of the time goes
there. Here buckets cut off what is too low, and the rank of each of the few that are left is counted, without branches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.compiled import compiled
from streams.core.segments import Places

Keys = NDArray[np.int64]

_BUCKETS = 256
_LEAST = np.float32(1e-30)  # so that a bucket is no less than a float can divide by
_CUT_FROM = 96  # of fewer, cutting costs more than it spares
_COUNTED = 256  # of more, counting ranks takes longer than sorting


@compiled("i8[::1](f4[::1])")
def falling(scores: NDArray[np.float32]) -> Keys:
    """int64[n] keys that rise as scores fall; their lower 32 bits are free. The bits of a float32 sort like the number
    itself once those of negative ones are turned round.
    """
    bits, keys = scores.view(np.int32), np.empty(len(scores), np.int64)
    for at in range(len(keys)):
        number = np.int32(0) if scores[at] == 0 else bits[at]  # there are two zeros
        keys[at] = ~np.int64(number ^ ((number >> 31) & np.int32(0x7FFFFFFF))) << 32
    return keys


@compiled("i8[::1](f4[::1], i8)")
def reaching(scores: NDArray[np.float32], most: int) -> Places:
    """Rising places of the `most` highest scores, all ties included, and perhaps of some that come next."""
    n = len(scores)
    if n <= max(most, _CUT_FROM):
        return np.arange(n)
    high = scores.max()
    span = high - scores.min()
    if not _LEAST < span < np.inf:  # all the same, or infinite ones among them
        return np.arange(n)
    scale = np.float32(_BUCKETS - 1) / span
    bucket, counts = np.empty(n, np.int32), np.zeros(_BUCKETS, np.int64)
    for at in range(n):
        bucket[at] = np.int32((high - scores[at]) * scale)
    for at in range(n):
        counts[bucket[at]] += 1
    last = reached = 0
    while last < _BUCKETS - 1 and reached + counts[last] < most:
        reached += counts[last]
        last += 1
    found, count = np.empty(n, np.int64), 0
    for at in range(n):
        found[count] = at
        count += bucket[at] <= last
    return found[:count]


@compiled("i8[::1](i8[::1], i8)")
def smallest(keys: Keys, most: int) -> Places:
    """Places of the `most` smallest of `keys` int64[n], smallest first, ties by place."""
    n = len(keys)
    if n > _COUNTED:
        return np.argsort(keys, kind="mergesort")[:most]
    found = np.empty(n, np.int64)
    for at in range(n):
        key, rank = keys[at], 0
        for other in keys[:at]:
            rank += other <= key
        for other in keys[at + 1 :]:
            rank += other < key
        found[rank] = at
    return found[:most]


@compiled("i8[::1](f4[::1], i8)")
def best_of(scores: NDArray[np.float32], most: int) -> Places:
    """Places of the `most` highest scores, best first, ties by place."""
    at = reaching(scores, most)
    return at[smallest(falling(scores[at]), most)]
