"""Bring the features of a list to one scale: each with mean 0 and deviation 1 over the list's candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.compiled import compiled
from streams.core.segments import Places

Floats = NDArray[np.float32]

CLIP = np.float32(8)
_FLAT = 1e-6


@compiled("void(f4[:, ::1], i8, i8[::1], f4[:, ::1])")
def standardise(columns: Floats, start: int, order: Places, scaled: Floats) -> None:
    """Fill `scaled` float32[f, m] with the columns of `columns` float32[f, n] from `start` on, in the order of
    `order` int64[m]: those of a list's candidates. Each row has mean 0 and deviation 1 over them, clipped at +-CLIP; a
    flat one is 0. Sums are float64, so that their order hardly tells.
    """
    count = len(order)
    for row in range(len(columns)):
        given, found = columns[row, start : start + count], scaled[row]
        total = 0.0
        for one in range(count):
            total += np.float64(given[one])
        mean = np.float32(total / max(count, 1))
        squares = 0.0
        for one in range(count):
            away = given[one] - mean
            squares += np.float64(away * away)
        deviation = np.sqrt(squares / max(count, 1))
        scale = np.float32(0) if deviation < _FLAT else np.float32(1 / deviation)
        for one in range(count):
            found[one] = max(-CLIP, min(CLIP, (given[order[one]] - mean) * scale))


@compiled("void(f4[:, ::1], i8[::1], f4[:, ::1])")
def standardise_all(columns: Floats, sizes: Places, scaled: Floats) -> None:
    """Fill `scaled` float32[f, n] with `columns` float32[f, n], each of the lists standardised by itself: `sizes`
    int64[b] candidates each.
    """
    start = 0
    for size in sizes:
        one = np.empty((len(columns), size), np.float32)
        standardise(columns, start, np.arange(size), one)
        scaled[:, start : start + size] = one
        start += size
