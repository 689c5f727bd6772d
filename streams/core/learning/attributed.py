"""What each feature adds to the scores of the learned ranker."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.compiled import compiled
from streams.core.learning.forward import add_network, forward, in_force, warm_first
from streams.core.learning.products import add_weighed
from streams.core.segments import Places
from streams.core.standardise import standardise

SPLIT = 40
"""Candidates per list whose scores are told by feature; in a longer list the linear part alone tells of the tail."""


@compiled("void(f4[:, ::1], i8, f4, f4, f4[:, ::1], f4[::1], i8, f4[:, ::1])")
def _attributed(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats, warm: int, novice: float, share: float, linear: Floats, network: Floats, rest: int, parts: Floats
) -> None:
    """Fill `parts` float32[f, n] with what each feature adds to the score, the network's counting `share`.

    Rectified units make the network linear around each candidate, so its score splits up exactly; what the units'
    biases add goes to the feature `rest`. Only for the best SPLIT candidates is it split up: of the others all that the
    network adds goes there.
    """
    f, n = z.shape
    straight, if_warm, if_cold = in_force(f, novice, linear, network)
    for kind, (start, stop) in enumerate(((0, warm), (warm, n))):
        for i in range(f):
            weight, row, part = straight[kind, i], z[i, start:stop], parts[i, start:stop]
            for at in range(len(row)):
                part[at] = weight * row[at]
    if share == 0:
        return
    scores, hidden = forward(z, warm, novice, linear, network)
    units = len(hidden)
    bias, out = network[3 * f * units : -units], network[len(network) - units :]
    added = np.zeros(n, np.float32)
    add_network(out, hidden, share, added)
    scores += added
    least = np.partition(scores, n - SPLIT)[n - SPLIT] if n > SPLIT else scores.min()
    for at in range(n):
        if scores[at] < least:
            parts[rest, at] += added[at]
    top = np.flatnonzero(scores >= least)
    pulls = np.empty((units, len(top)), np.float32)  # of each unit on the score of each of the best
    for k in range(units):
        for one in range(len(top)):
            pulls[k, one] = share * out[k] if hidden[k, top[one]] > 0 else np.float32(0)
            parts[rest, top[one]] += pulls[k, one] * bias[k]
    slopes = np.zeros((f, len(top)), np.float32)
    few = int(np.searchsorted(top, warm))
    add_weighed(np.ascontiguousarray(if_warm.T), pulls, 0, few, slopes)
    add_weighed(np.ascontiguousarray(if_cold.T), pulls, few, len(top), slopes)
    for i in range(f):
        for one in range(len(top)):
            parts[i, top[one]] += z[i, top[one]] * slopes[i, one]


@compiled("void(f4[:, ::1], i8[::1], i8, i8, f4, f4[:, ::1], f4[::1], f4[:, ::1])")
def attributed(  # noqa: PLR0917 - compiled functions take no keywords
    columns: Floats,
    sizes: Places,
    cold_row: int,
    novice_row: int,
    share: float,
    linear: Floats,
    network: Floats,
    parts: Floats,
) -> None:
    """Fill `parts` float32[f, n] from features float32[f, n] of several lists, `sizes` int64[b] candidates each: one
    list after another is standardised and split up. `cold_row` is above 0 for cold candidates; `novice_row` says
    how much of a novice the list's user is, and takes what belongs to no feature.
    """
    start = 0
    for size in sizes:
        stop = start + size
        if size:
            z, mine = np.empty((len(columns), size), np.float32), np.empty((len(columns), size), np.float32)
            order, warm = warm_first(columns[cold_row, start:stop] > 0)
            standardise(columns, start, order, z)
            _attributed(z, warm, columns[novice_row, start], share, linear, network, novice_row, mine)
            for i in range(len(columns)):
                for at in range(size):
                    parts[i, start + order[at]] = mine[i, at]
        start = stop
