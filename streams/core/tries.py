"""Which little known candidates are given a place to learn about them: Thompson sampling with a prior from the ranker.

How well an item will do is believed to be what the ranker expects of its content, as sure as a few acts would make it;
what people did when they were shown it moves that and makes it surer. Of each one value is drawn and the highest is
tried (Thompson 1933; Chapelle and Li, "An empirical evaluation of Thompson sampling", NIPS 2011): an item nobody was
shown is tried where it fits, one that was shown in vain no longer. The seed is made of the list's inputs: the same
inputs draw the same items.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_128
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.exploration import PRIOR, UNTRIED_BELOW, uniform
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.segments import Places

SPREAD = np.float32(0.3)
"""In nats of the ranker's score: how far apart two draws for an item that nobody was shown lie, about."""

_PRIOR, _ONE = np.float32(PRIOR), np.float32(1)


class Untried(NamedTuple):
    """Candidates of several lists that few know: their places in the pools int64[n], rising, where each list's begin
    int64[b + 1], how often they were liked and shown float32[n], and uint32[n] random bits.
    """

    at: Places
    bounds: Places
    taken: Floats
    shown: Floats
    bits: NDArray[np.uint32]


def untried(pools: Pools, contexts: Sequence[Context]) -> Untried:
    """Those of all lists. The bits come from a hash, which is made ten times faster than a generator."""
    view = contexts[0].statistics
    acts = view.acts(pools.rows)
    at = np.flatnonzero(acts < UNTRIED_BELOW)
    bounds = at.searchsorted(pools.lists.bounds)
    sizes = np.diff(bounds).tolist()
    raw = b"".join(
        [
            shake_128(b"tries" + context.seed.to_bytes(8)).digest(4 * size)
            for context, size in zip(contexts, sizes, strict=True)
        ]
    )
    return Untried(at, bounds, acts[at], view.impressions(pools.rows[at]), np.frombuffer(raw, dtype="<u4"))


@compiled("i8[::1](f4[::1], i8[::1], f4[::1], f4[::1], Array(u4, 1, 'C', readonly=True), i8)")
def drawn(  # noqa: PLR0917 - compiled functions take no keywords
    scores: Floats, at: Places, taken: Floats, shown: Floats, bits: NDArray[np.uint32], places: int
) -> Places:
    """The places in the pools of the drawn candidates of one list, best first, at most `places`; `scores` float32[n] of
    the whole pools, the others of this list as in Untried.
    """
    if not places:
        return at[:0]
    values = np.empty(len(at), np.float32)
    for one in range(len(at)):
        chance = uniform(bits[one])
        noise = np.log(chance / (_ONE - chance))  # from a logistic distribution
        seen = _PRIOR + max(shown[one], taken[one])
        promise = scores[at[one]] + np.log((_PRIOR + taken[one]) / seen)
        values[one] = promise + SPREAD * np.sqrt(_PRIOR / seen) * noise
    return at[best_of(values, places)]
