"""Which little known candidates are given a place to learn about them: Thompson sampling with a prior from the ranker.

How well an item will do is believed to be what the ranker expects of its content, as sure as a few acts would make it;
what people did when they were shown it moves that and makes it surer. Of each one value is drawn and the highest is
tried (Thompson 1933; Chapelle and Li, "An empirical evaluation of Thompson sampling", NIPS 2011): an item nobody was
shown is tried where it fits, one that was shown in vain no longer. The seed is made of the list's inputs: the same
inputs draw the same items.
"""

from __future__ import annotations

from hashlib import shake_128

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.exploration import PRIOR, UNTRIED_BELOW, uniform
from streams.core.candidates.pool import Pool
from streams.core.segments import Places

SPREAD = np.float32(0.3)
"""In nats of the ranker's score: how far apart two draws for an item that nobody was shown lie, about."""


def tries(pool: Pool, scores: Floats, context: Context, places: int) -> Places:
    """Where in the pool the drawn candidates stand, best first, at most `places`. `scores` float32[n]."""
    if not places:
        return np.empty(0, np.intp)
    acts = context.statistics.acts(pool.rows)
    untried: Places = np.flatnonzero(acts < UNTRIED_BELOW)
    taken, shown = acts[untried], context.statistics.impressions(pool.rows[untried])
    seen = PRIOR + np.maximum(shown, taken)
    drawn = scores[untried] + np.log((PRIOR + taken) / seen) + SPREAD * np.sqrt(PRIOR / seen) * _noise(context, untried)
    best: Places = untried[(-drawn).argsort(kind="stable")[:places]]
    return best


def _noise(context: Context, untried: Places) -> Floats:
    """float32[n] from a logistic distribution: a hash is made ten times faster than a generator."""
    raw = shake_128(b"tries" + context.seed.to_bytes(8)).digest(4 * len(untried))
    chance = uniform(np.frombuffer(raw, dtype="<u4"))
    noise: Floats = np.log(chance / (1 - chance))
    return noise
