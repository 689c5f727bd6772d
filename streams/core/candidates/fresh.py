"""New items, searched exactly in memory: recommendable from their first second, before anyone touched them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from streams.core.best import best_of
from streams.core.candidates.base import NO_CAUSE, Asked, Candidates, Context, Floats
from streams.core.candidates.caused import nearest_liked
from streams.core.compiled import compiled
from streams.core.fresh_pool import FreshPool
from streams.core.rows import UNKNOWN, Rows
from streams.core.segments import Places


class FreshSource:
    """Score: the best cosine to any interest; for a user without interests the newest items, scored 1, 1/2, 1/3, …

    Cause: the liked item whose vector is closest.
    """

    name = "fresh"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        pool, most = contexts[0].catalogue.fresh, contexts[0].tuning.source_candidates
        fits = fresh_fits([context for context in contexts if context.interests])
        rows, scores, bounds = _best(fits, pool.rows, most)
        known = (Candidates(rows[start:end], scores[start:end]) for start, end in pairwise(bounds.tolist()))
        return [next(known) if context.interests else _newest(pool, most) for context in contexts]

    def causes(self, asked: Sequence[Asked]) -> list[list[int]]:
        known = iter(nearest_liked(told) if (told := [one for one in asked if one.context.interests]) else ())
        return [next(known) if one.context.interests else [NO_CAUSE] * len(one.rows) for one in asked]


def fresh_fits(contexts: Sequence[Context]) -> Floats:
    """float32[b, n]: `Context.fresh_scores` of each."""
    if not contexts:
        return np.zeros((0, 0), dtype=np.float32)
    return np.concatenate([context.fresh_scores for context in contexts]).reshape(len(contexts), -1)


def _newest(pool: FreshPool, most: int) -> Candidates:
    rows = pool.newest()[:most]
    return Candidates(rows, np.reciprocal(np.arange(1, len(rows) + 1, dtype=np.float32)))


@compiled("Tuple((i4[::1], f4[::1], i8[::1]))(f4[:, ::1], i4[::1], i8)")
def _best(fits: Floats, rows: Rows, most: int) -> tuple[Rows, Floats, Places]:
    """For each list the `most` rows that fit best, the places without an item left out; and where each list begins."""
    lists = len(fits)
    found, scores = np.empty(lists * most, np.int32), np.empty(lists * most, np.float32)
    bounds = np.zeros(lists + 1, np.int64)
    count = 0
    for one in range(lists):
        for at in best_of(fits[one], most):
            if rows[at] != UNKNOWN:
                found[count], scores[count] = rows[at], fits[one, at]
                count += 1
        bounds[one + 1] = count
    return found[:count], scores[:count], bounds
