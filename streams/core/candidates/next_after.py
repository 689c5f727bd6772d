"""Items that others went to right after what this user did last: ordered transitions."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.accumulate import accumulated
from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.neighbours import SHRINK

ACTS = 3
FADE = 0.5


class NextAfterSource:
    """Score: how often it came next over the root of its count, halved per step back. Cause: the item before it."""

    name = "next_after"

    def propose(self, context: Context) -> Candidates:
        view = context.statistics
        rows, weights, causes = [], [], []
        for step, liked in enumerate(context.taste.liked[:ACTS].tolist()):
            ends, counts = view.successors(liked, context.now)
            if len(ends):
                rows.append(ends)
                weights.append(counts * np.float32(FADE**step))
                causes.append(np.full(len(ends), liked, dtype=np.int32))
        if not rows:
            return Candidates.none()
        ends = np.concatenate(rows)
        size = np.sqrt(view.acts(ends) + SHRINK)
        return accumulated(
            ends, np.concatenate(weights) / size, np.concatenate(causes), context.tuning.source_candidates // 2
        )
