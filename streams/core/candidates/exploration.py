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

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Uncaused
from streams.core.rows import UNKNOWN

UNTRIED_BELOW = 5.0
"""An item with fewer positive acts than this is still being tried."""

TEMPERATURE = 0.05  # in cosine: half of a typical gap between a fitting and a random item
PRIOR = 3.0  # acts that a content's promise counts as
LOOKED_AT = 64  # places of the fresh pool that take part in one draw
DRAWN = 10


class ExplorationSource(Uncaused):
    """Score: content fit of the drawn item. Cause: none; it is a try, and the reason says so."""

    name = "exploration"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        pool, view = contexts[0].catalogue.fresh, contexts[0].statistics
        size = len(pool.rows)
        if not size:
            return [Candidates.none()] * len(contexts)
        untried = (pool.rows != UNKNOWN) & (view.acts(pool.rows) < UNTRIED_BELOW)
        starts, chance = _random([context.seed for context in contexts], min(size, LOOKED_AT))
        # Evenly spread from a random start: distinct without sorting.
        looked_at = (starts[:, None] + max(1, size // LOOKED_AT) * np.arange(chance.shape[1])) % size
        fits = np.stack([context.fresh_scores[at] for context, at in zip(contexts, looked_at, strict=True)])
        acts, shown = view.acts(pool.rows)[looked_at], view.impressions(pool.rows)[looked_at]
        keen = _drawn(fits, acts, shown, chance)
        keen[~untried[looked_at]] = -np.inf
        best = (-keen).argsort(axis=1, kind="stable")[:, :DRAWN]
        drawn = np.take_along_axis(keen, best, axis=1) > -np.inf
        return [
            Candidates(pool.rows[at[first][ok]], fit[first][ok])
            for at, fit, first, ok in zip(looked_at, fits, best, drawn, strict=True)
        ]


def _drawn(fits: Floats, acts: Floats, shown: Floats, chance: Floats) -> Floats:
    """float32[b, m]: one draw of each item's worth to each user. The Beta's quantile is taken from a logistic
    distribution of the same mean and spread: it need not be exact, only as wide as what is not known.
    """
    promise = 1 / (1 + np.exp((fits.mean(axis=1, keepdims=True) - fits) / np.float32(TEMPERATURE)))
    weight = PRIOR + np.maximum(shown, acts)
    mean = (PRIOR * promise + acts) / weight
    spread = np.sqrt(mean * (1 - mean) / (weight + 1)) * np.sqrt(3) / np.pi
    drawn: Floats = (mean + spread * np.log(chance / (1 - chance))).astype(np.float32)
    return drawn


def uniform(bits: NDArray[np.uint32]) -> Floats:
    """float32 in (0, 1), of the shape of `bits`: their upper 24, as many as a float32 tells apart."""
    return ((bits >> 8).astype(np.float32) + np.float32(0.5)) / np.float32(1 << 24)


def _random(seeds: Sequence[int], most: int) -> tuple[NDArray[np.int64], Floats]:
    """For each seed an integer, int64[b], and float32[b, most] in (0, 1): a hash is made ten times faster than a
    generator.
    """
    raw = b"".join([shake_128(seed.to_bytes(8)).digest(4 * most + 4) for seed in seeds])
    drawn = np.frombuffer(raw, dtype="<u4").reshape(len(seeds), most + 1)
    return drawn[:, 0].astype(np.int64), uniform(drawn[:, 1:])
