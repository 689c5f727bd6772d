"""Items that others went to right after what this user did last: ordered transitions."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.accumulate import accumulated
from streams.core.candidates.base import NO_CAUSE, Candidates, Context, Evidence
from streams.core.candidates.neighbours import SHRINK

ACTS = 3
FADE = 0.5


class NextAfterSource:
    """Score: how often it came next over the root of its count, halved per step back. Cause: the item before it."""

    name = "next_after"

    def propose(self, context: Context) -> Candidates:
        view, liked = context.statistics, context.taste.liked[:ACTS]
        ends, counts, at = view.successors(liked, context.now)
        if not len(ends):
            return Candidates.none()
        weights = (counts * np.float32(FADE) ** at / np.sqrt(view.acts(ends) + SHRINK)).astype(np.float32)
        return accumulated(
            Evidence(ends, weights, liked[at]), context.tuning.source_candidates // 2, context.catalogue.scratch
        )

    def cause(self, row: int, given: Candidates, context: Context) -> int:
        return given.evidence.loudest(row) if given.evidence is not None else NO_CAUSE
