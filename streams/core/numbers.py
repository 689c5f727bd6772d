"""The numbers among items' attributes (a year, a price, a length), and how close candidates' are to those liked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.number_table import NUMBERS
from streams.core.segments import Places

COMPARED = 20  # newest liked items
_STEP = np.float32(0.93)
_SHARP = np.float32(2)  # half as close as the same number: a spread's half away


def closeness(pools: Pools, contexts: Sequence[Context]) -> Floats:
    """float32[n] in [0, 1]: the liked items' mean closeness to each candidate, over the numbers that it has; 0 without
    any. The unit of each is its spread over the catalogue.
    """
    values, spread = contexts[0].catalogue.numbers()
    liked = np.concatenate([context.taste.liked[:COMPARED] for context in contexts])
    likes = np.array([len(context.taste.liked[:COMPARED]) for context in contexts])
    found: Floats = _closeness(values[pools.rows], pools.lists.sizes, values[liked], likes, spread)
    return found


@compiled("f4[::1](f4[:, ::1], i8[::1], f4[:, ::1], i8[::1], f4[::1])")
def _closeness(mine: Floats, sizes: Places, told: Floats, likes: Places, spread: Floats) -> Floats:
    found = np.zeros(len(mine), np.float32)
    start = first = 0
    for one in range(len(sizes)):
        for at in range(start, start + sizes[one]):
            near, mass = np.float32(0), np.float32(0)
            for number in range(NUMBERS):
                scale = spread[number] / _SHARP
                for like in range(likes[one]):
                    away = abs(mine[at, number] - told[first + like, number])
                    if away < np.inf and scale > 0:  # NaN: one of them has no such number
                        weight = _STEP**like
                        near += weight * scale / (scale + away)
                        mass += weight
            found[at] = near / max(mass, np.float32(1e-12))
        start += sizes[one]
        first += likes[one]
    return found
