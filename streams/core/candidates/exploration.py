"""New items shown to learn about them: drawn at random, likelier the better their content fits.

Gumbel-top-k sampling without replacement (Kool et al., ICML 2019) from a softmax over content fit, under a seed made of
the list's inputs: the same inputs draw the same items.
"""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Candidates, Context, best_of
from streams.core.candidates.uncaused import Uncaused
from streams.core.rows import UNKNOWN

UNTRIED_BELOW = 5.0
"""An item with fewer positive acts than this is still being tried."""

TEMPERATURE = 0.05  # in cosine: half of a typical gap between a fitting and a random item
LOOKED_AT = 256  # places of the fresh pool that take part in one draw
DRAWN = 10


class ExplorationSource(Uncaused):
    """Score: content fit of the drawn item. Cause: none; it is a try, and the reason says so."""

    name = "exploration"

    def propose(self, context: Context) -> Candidates:
        pool = context.catalogue.fresh
        if not len(pool.rows):
            return Candidates.none()
        random = np.random.Generator(np.random.PCG64(context.seed))
        size = len(pool.rows)
        step = max(1, size // LOOKED_AT)  # evenly spread from a random start: distinct without sorting
        looked_at = (int(random.integers(size)) + step * np.arange(min(size, LOOKED_AT))) % size
        rows = pool.rows[looked_at]
        untried = looked_at[(rows != UNKNOWN) & (context.statistics.acts(rows) < UNTRIED_BELOW)]
        if not len(untried):
            return Candidates.none()
        fit = context.fresh_scores[untried]
        noise = random.gumbel(size=len(untried)).astype(np.float32)
        drawn = best_of(fit / np.float32(TEMPERATURE) + noise, DRAWN)
        return Candidates(pool.rows[untried[drawn]], fit[drawn])
