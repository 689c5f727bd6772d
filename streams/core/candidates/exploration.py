"""New items shown to learn about them: Thompson sampling with a prior from content.

How likely the user is to take to an item is believed to be Beta distributed: what its content promises counts as a few
acts seen, then what people did when they were shown it. Of each item one value is drawn, and the highest are proposed
(Thompson 1933; Chapelle and Li, "An empirical evaluation of Thompson sampling", NIPS 2011): an item nobody was shown is
tried where its content fits, one that was shown in vain no longer. The seed is made of the list's inputs: the same
inputs draw the same items.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_128
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Uncaused
from streams.core.candidates.fresh import fresh_fits
from streams.core.compiled import compiled
from streams.core.rows import UNKNOWN, Rows
from streams.core.segments import Places

UNTRIED_BELOW = 5.0
"""An item with fewer positive acts than this is still being tried."""

TEMPERATURE = 0.05  # in cosine: half of a typical gap between a fitting and a random item
PRIOR = 3.0  # acts that a content's promise counts as
LOOKED_AT = 64  # places of the fresh pool that take part in one draw
DRAWN = 10

_ONE, _PRIOR, _TEMPERATURE = np.float32(1), np.float32(PRIOR), np.float32(TEMPERATURE)
_LOGISTIC = np.float32(np.sqrt(3) / np.pi)  # of a logistic distribution: its scale beside its standard deviation


class ExplorationSource(Uncaused):
    """Score: content fit of the drawn item. Cause: none; it is a try, and the reason says so."""

    name = "exploration"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        pool, view = contexts[0].catalogue.fresh, contexts[0].statistics
        rows, looked_at = pool.rows, min(len(pool.rows), LOOKED_AT)
        if not looked_at:
            return [Candidates.none()] * len(contexts)
        fits = fresh_fits(contexts)
        bits = _bits([context.seed for context in contexts], looked_at)
        found, scores, bounds = _drawn(fits, rows, view.acts(rows), view.impressions(rows), bits)
        return [Candidates(found[start:end], scores[start:end]) for start, end in pairwise(bounds.tolist())]


def _bits(seeds: Sequence[int], most: int) -> NDArray[np.uint32]:
    """uint32[b, 1 + most] random bits for each seed: a hash is made ten times faster than a generator."""
    raw = b"".join([shake_128(seed.to_bytes(8)).digest(4 * most + 4) for seed in seeds])
    return np.frombuffer(raw, dtype="<u4").reshape(len(seeds), most + 1)


@compiled("f4(u4)")
def uniform(bits: np.uint32) -> np.float32:
    """In (0, 1), of the upper 24 bits: as many as a float32 tells apart."""
    return (np.float32(bits >> 8) + np.float32(0.5)) / np.float32(1 << 24)


@compiled("f4[::1](f4[::1], f4[::1], f4[::1], Array(u4, 1, 'C', readonly=True))")
def draws(fits: Floats, acts: Floats, shown: Floats, bits: NDArray[np.uint32]) -> Floats:
    """float32[m]: one draw of each item's worth to a user. The Beta's quantile is taken from a logistic distribution of
    the same mean and spread: it need not be exact, only as wide as what is not known.
    """
    drawn = np.empty(len(fits), np.float32)
    usual = np.float32(fits.mean())
    for at in range(len(fits)):
        chance = uniform(bits[at])
        promise = _ONE / (_ONE + np.exp((usual - fits[at]) / _TEMPERATURE))
        weight = _PRIOR + max(shown[at], acts[at])
        mean = (_PRIOR * promise + acts[at]) / weight
        spread = np.sqrt(mean * (_ONE - mean) / (weight + _ONE)) * _LOGISTIC
        drawn[at] = mean + spread * np.log(chance / (_ONE - chance))
    return drawn


@compiled("Tuple((i4[::1], f4[::1], i8[::1]))(f4[:, ::1], i4[::1], f4[::1], f4[::1], Array(u4, 2, 'C', readonly=True))")
def _drawn(
    fits: Floats, rows: Rows, acts: Floats, shown: Floats, bits: NDArray[np.uint32]
) -> tuple[Rows, Floats, Places]:
    """For each list the untried items with the highest draws and their fits, and where each list begins. `fits`
    float32[b, n] beside the fresh pool's `rows` int32[n].
    """
    lists, size, most = len(fits), len(rows), bits.shape[1] - 1
    found, scores = np.empty(lists * DRAWN, np.int32), np.empty(lists * DRAWN, np.float32)
    bounds, looked_at = np.zeros(lists + 1, np.int64), np.empty(most, np.int64)
    count = 0
    for one in range(lists):
        for step in range(most):  # evenly spread from a random start: distinct without sorting
            looked_at[step] = (np.int64(bits[one, 0]) + max(1, size // LOOKED_AT) * step) % size
        keen = draws(fits[one][looked_at], acts[looked_at], shown[looked_at], bits[one, 1:])
        for step in range(most):
            if rows[looked_at[step]] == UNKNOWN or acts[looked_at[step]] >= UNTRIED_BELOW:
                keen[step] = -np.inf
        for step in best_of(keen, DRAWN):
            if keen[step] > -np.inf:
                found[count], scores[count] = rows[looked_at[step]], fits[one, looked_at[step]]
                count += 1
        bounds[one + 1] = count
    return found[:count], scores[:count], bounds
