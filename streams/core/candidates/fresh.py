"""New items, searched exactly in memory: recommendable from their first second, before anyone touched them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.best import best_of
from streams.core.candidates.base import NO_CAUSE, Asked, Candidates, Context
from streams.core.candidates.caused import nearest_liked
from streams.core.rows import UNKNOWN


class FreshSource:
    """Score: the best cosine to any interest; for a user without interests the newest items, scored 1, 1/2, 1/3, …

    Cause: the liked item whose vector is closest.
    """

    name = "fresh"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        return [_found(context) for context in contexts]

    def causes(self, asked: Sequence[Asked]) -> list[list[int]]:
        known = iter(nearest_liked(told) if (told := [one for one in asked if one.context.interests]) else ())
        return [next(known) if one.context.interests else [NO_CAUSE] * len(one.rows) for one in asked]


def _found(context: Context) -> Candidates:
    pool, most = context.catalogue.fresh, context.tuning.source_candidates
    if not context.interests:
        rows = pool.newest()[:most]
        return Candidates(rows, np.reciprocal(np.arange(1, len(rows) + 1, dtype=np.float32)))
    at = best_of(context.fresh_scores, most)
    at = at[pool.rows[at] != UNKNOWN]
    return Candidates(pool.rows[at], context.fresh_scores[at])
