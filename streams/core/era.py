"""How close a candidate was published to what its user likes: tastes have an era."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.histories import Histories
from streams.core.segments import Places

Times = NDArray[np.float64]

COMPARED = 20  # newest liked items
_SHARP = 4.0  # how many times closer than the average candidate an item must lie to count half


def eras(pools: Pools, published: Times, histories: Histories, context: Context) -> Floats:
    """float32[n] in [0, 1]: the liked items' mean closeness in time to each candidate, which was `published`
    float64[n]. The unit is the candidates' own spread, so that films and news have eras alike. `context` is any of the
    micro-batch.
    """
    told = context.catalogue.published(histories.liked)
    given = (published, pools.lists.sizes, told, histories.strength, histories.likes)
    found: Floats = _closeness(context.now, *given)
    return found


@compiled("f4[::1](f8, f8[::1], i8[::1], f8[::1], f4[::1], i8[::1])")
def _closeness(  # noqa: PLR0917 - compiled functions take no keywords
    now: float, published: Times, sizes: Places, told: Times, strength: Floats, likes: Places
) -> Floats:
    times = (now - published).astype(np.float32)  # ages in float32: exact to a minute over decades
    found = np.zeros(len(times), np.float32)
    start = first = 0
    for one in range(len(sizes)):
        mine, near = times[start : start + sizes[one]], found[start : start + sizes[one]]
        compared = min(likes[one], COMPARED)
        if len(mine) and compared:
            scale = np.abs(mine - mine.mean()).mean() / np.float32(_SHARP) + np.float32(1)
            mass = strength[first : first + compared].sum()
            for like in range(first, first + compared):
                weight, when = scale * strength[like] / mass, np.float32(now - told[like])
                for at in range(len(mine)):
                    near[at] += weight / (scale + abs(mine[at] - when))
        start += sizes[one]
        first += likes[one]
    return found
