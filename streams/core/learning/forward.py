"""How the learned ranker scores: a linear softmax over a list's candidates, with a two-layer network (rectified
units) on top that learns what the linear part leaves over.

The candidates lie together, the warm ones before the cold: the weights of the two kinds differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Floats
from streams.core.compiled import compiled
from streams.core.learning.products import add_weighed
from streams.core.segments import Places

Mask = NDArray[np.bool_]


@compiled("Tuple((i8[::1], i8))(b1[::1])")
def warm_first(cold: Mask) -> tuple[Places, int]:
    """int64[n]: the places of the warm candidates, then those of the cold ones; and how many are warm."""
    order, warm = np.empty(len(cold), np.int64), 0
    for at in range(len(cold)):
        if not cold[at]:
            order[warm] = at
            warm += 1
    last = warm
    for at in range(len(cold)):
        if cold[at]:
            order[last] = at
            last += 1
    return order, warm


@compiled("Tuple((f4[:, ::1], f4[:, ::1], f4[:, ::1]))(i8, f4, f4[:, ::1], f4[::1])")
def in_force(f: int, novice: float, linear: Floats, network: Floats) -> tuple[Floats, Floats, Floats]:
    """The weights that count for a list of a user with this `novice`: float32[2, f] of the linear part, for warm
    candidates and for cold ones, and float32[f, HIDDEN] of the network, for warm ones and for cold ones.
    """
    units = len(network) // (3 * f + 2)
    block = f * units
    straight = np.empty((2, f), np.float32)
    if_warm, if_cold = np.empty((f, units), np.float32), np.empty((f, units), np.float32)
    for i in range(f):
        straight[0, i] = linear[0, i] + novice * linear[1, i]
        straight[1, i] = straight[0, i] + linear[2, i]
        for k in range(units):
            at = i * units + k
            if_warm[i, k] = network[at] + novice * network[block + at]
            if_cold[i, k] = if_warm[i, k] + network[2 * block + at]
    return straight, if_warm, if_cold


@compiled("Tuple((f4[::1], f4[:, ::1]))(f4[:, ::1], i8, f4, f4[:, ::1], f4[::1])")
def forward(z: Floats, warm: int, novice: float, linear: Floats, network: Floats) -> tuple[Floats, Floats]:
    """The linear part's scores float32[n] and the hidden units float32[HIDDEN, n] of one list.

    `z` float32[f, n] standardised features; the first `warm` candidates are warm, the others cold; `novice` in [0, 1].
    """
    f, n = z.shape
    straight, if_warm, if_cold = in_force(f, novice, linear, network)
    units = if_warm.shape[1]
    scores, hidden = np.zeros(n, np.float32), np.empty((units, n), np.float32)
    for kind, (start, stop) in enumerate(((0, warm), (warm, n))):
        part = scores[start:stop]
        for i in range(f):
            weight, row = straight[kind, i], z[i, start:stop]
            for at in range(len(row)):
                part[at] += weight * row[at]
    for k in range(units):
        hidden[k] = network[3 * f * units + k]
    add_weighed(if_warm, z, 0, warm, hidden)
    add_weighed(if_cold, z, warm, n, hidden)
    for k in range(units):
        for at in range(n):
            hidden[k, at] = max(hidden[k, at], np.float32(0))
    return scores, hidden


@compiled("void(f4[::1], f4[:, ::1], f4, f4[::1])")
def add_network(out: Floats, hidden: Floats, share: float, scores: Floats) -> None:
    """Add to `scores` float32[n] what the hidden units say, counting `share`."""
    for k in range(len(out)):
        counts = share * out[k]
        for at in range(len(scores)):
            scores[at] += counts * hidden[k, at]
