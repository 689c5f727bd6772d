"""The numbers among items' attributes (a year, a price, a length), and how close candidates' are to those liked."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.candidates.pool import Pools
from streams.core.catalogue import Catalogue
from streams.core.compiled import compiled
from streams.core.histories import Histories
from streams.core.number_table import NUMBERS
from streams.core.rows import Rows
from streams.core.segments import Places

COMPARED = 20  # newest liked items
_STEPS = np.float32(0.93) ** np.arange(COMPARED, dtype=np.float32)
_SHARP = np.float32(2)  # half as close as the same number: a spread's half away


def closeness(pools: Pools, histories: Histories, catalogue: Catalogue) -> Floats:
    """float32[n] in [0, 1]: the liked items' mean closeness to each candidate, over the numbers that it has; 0 without
    any. The unit of each is its spread over the catalogue.
    """
    given = (pools.rows, pools.lists.sizes, histories.liked, histories.likes)
    found: Floats = _closeness(*catalogue.numbers(), *given, _STEPS)
    return found


@compiled("f4[::1](f4[:, ::1], f4[::1], i4[::1], i8[::1], i4[::1], i8[::1], f4[::1])")
def _closeness(  # noqa: PLR0917 - compiled functions take no keywords
    values: Floats, spread: Floats, rows: Rows, sizes: Places, liked: Rows, likes: Places, steps: Floats
) -> Floats:
    found = np.zeros(len(rows), np.float32)
    start = first = 0
    for one in range(len(sizes)):
        compared = min(likes[one], COMPARED)
        told, counts = np.empty(compared, np.float32), np.empty(compared, np.float32)
        near, mass = np.zeros(sizes[one], np.float32), np.zeros(sizes[one], np.float32)
        for number in range(NUMBERS):
            scale = spread[number] / _SHARP
            have = 0  # of the liked items: NaN is none
            for like in range(compared):
                value = values[liked[first + like], number]
                if not np.isnan(value):
                    told[have], counts[have] = value, steps[like]
                    have += 1
            if not scale > 0 or not have:
                continue
            weight = counts[:have].sum()
            for at in range(sizes[one]):
                value = values[rows[start + at], number]
                if np.isnan(value):
                    continue
                closeness = np.float32(0)
                for like in range(have):
                    closeness += counts[like] * scale / (scale + abs(value - told[like]))
                near[at] += closeness
                mass[at] += weight
        for at in range(sizes[one]):
            found[start + at] = near[at] / max(mass[at], np.float32(1e-12))
        start += sizes[one]
        first += likes[one]
    return found
