"""How close a candidate was published to what its user likes: tastes have an era."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.segments import Places

COMPARED = 20  # newest liked items
_SHARP = 4.0  # how many times closer than the average candidate an item must lie to count half


def eras(pools: Pools, contexts: Sequence[Context]) -> Floats:
    """float32[n] in [0, 1]: the liked items' mean closeness in time to each candidate. The unit is the candidates' own
    spread, so that films and news have eras alike.
    """
    catalogue = contexts[0].catalogue
    tastes = [context.taste for context in contexts]
    liked = np.concatenate([taste.liked[:COMPARED] for taste in tastes])
    strength = np.concatenate([taste.strength[:COMPARED] for taste in tastes])
    likes = np.array([len(taste.liked[:COMPARED]) for taste in tastes])
    now = contexts[0].now  # ages in float32: exact to a minute over decades
    times = (now - catalogue.published(pools.rows)).astype(np.float32)
    told = (now - catalogue.published(liked)).astype(np.float32)
    return _closeness(times, pools.lists.sizes, told, strength, likes)


@compiled("f4[::1](f4[::1], i8[::1], f4[::1], f4[::1], i8[::1])")
def _closeness(times: Floats, sizes: Places, told: Floats, strength: Floats, likes: Places) -> Floats:
    found = np.zeros(len(times), np.float32)
    start = first = 0
    for one in range(len(sizes)):
        mine, theirs = times[start : start + sizes[one]], told[first : first + likes[one]]
        if len(mine) and len(theirs):
            weights = strength[first : first + likes[one]] / strength[first : first + likes[one]].sum()
            scale = np.abs(mine - mine.mean()).mean() / np.float32(_SHARP) + np.float32(1)
            for at in range(len(mine)):
                closeness = np.float32(0)
                for like in range(len(theirs)):
                    closeness += weights[like] * scale / (scale + abs(mine[at] - theirs[like]))
                found[start + at] = closeness
        start += sizes[one]
        first += likes[one]
    return found
