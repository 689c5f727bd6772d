"""New items shown to learn about them: drawn at random, likelier the better their content fits.

Gumbel-top-k sampling without replacement (Kool et al., ICML 2019) from a softmax over content fit, under a seed made of
the list's inputs: the same inputs draw the same items.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_128

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Candidates, Context, Floats, best_of
from streams.core.candidates.caused import Uncaused
from streams.core.rows import UNKNOWN

UNTRIED_BELOW = 5.0
"""An item with fewer positive acts than this is still being tried."""

TEMPERATURE = 0.05  # in cosine: half of a typical gap between a fitting and a random item
LOOKED_AT = 128  # places of the fresh pool that take part in one draw
DRAWN = 10


class ExplorationSource(Uncaused):
    """Score: content fit of the drawn item. Cause: none; it is a try, and the reason says so."""

    name = "exploration"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        pool, view = contexts[0].catalogue.fresh, contexts[0].statistics
        untried = (pool.rows != UNKNOWN) & (view.acts(pool.rows) < UNTRIED_BELOW)
        return [_drawn(context, untried) for context in contexts]


def _drawn(context: Context, untried: NDArray[np.bool_]) -> Candidates:
    """`untried` bool[n] lies beside the fresh pool."""
    size = len(untried)
    if not size:
        return Candidates.none()
    start, uniform = _random(context.seed)
    step = max(1, size // LOOKED_AT)  # evenly spread from a random start: distinct without sorting
    looked_at = (start + step * np.arange(min(size, LOOKED_AT))) % size
    looked_at = looked_at[untried[looked_at]]
    if not len(looked_at):
        return Candidates.none()
    fit = context.fresh_scores[looked_at]
    noise = -np.log(-np.log(uniform[: len(looked_at)]))
    drawn = best_of(fit / np.float32(TEMPERATURE) + noise, DRAWN)
    return Candidates(context.catalogue.fresh.rows[looked_at[drawn]], fit[drawn])


def _random(seed: int) -> tuple[int, Floats]:
    """An integer and float32[LOOKED_AT] in (0, 1) from a seed: a hash is made ten times faster than a generator."""
    raw = np.frombuffer(shake_128(seed.to_bytes(8)).digest(4 * LOOKED_AT + 4), dtype="<u4")
    return int(raw[0]), ((raw[1:] >> 8).astype(np.float32) + np.float32(0.5)) / np.float32(1 << 24)
