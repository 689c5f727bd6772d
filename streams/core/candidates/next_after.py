"""Items that others went to right after what this user did last: ordered transitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.accumulate import Edges, accumulated
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Caused
from streams.core.candidates.neighbours import SHRINK
from streams.core.rows import Rows
from streams.core.segments import Places

ACTS = 3
FADE = 0.5


class NextAfterSource(Caused):
    """Score: how often it came next over the root of its count, halved per step back. Cause: the item before it."""

    name = "next_after"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, tuning, now = contexts[0].statistics, contexts[0].tuning, contexts[0].now

        def weigh(edges: Edges, _liked: Rows, newest: Places) -> Floats:
            ends, counts, at = edges
            faded = np.float32(FADE) ** newest.astype(np.float32)
            weights: Floats = counts * faded[at] / np.sqrt(view.acts(ends) + np.float32(SHRINK))
            return weights

        return accumulated(
            contexts, ACTS, tuning.source_candidates // 2, lambda rows: view.successors(rows, now), weigh
        )
