"""Items that others went to right after what this user did last: ordered transitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.accumulate import Edges, best, met
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Caused
from streams.core.candidates.neighbours import newest

ACTS = 3
FADE = 0.5
_NEAR: Floats = (FADE ** np.arange(ACTS)).astype(np.float32)


class NextAfterSource(Caused):
    """Score: how often it came next over the root of its count, halved per step back. Cause: the item before it."""

    name = "next_after"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, now, most = contexts[0].statistics, contexts[0].now, contexts[0].tuning.source_candidates // 2
        liked, sizes = newest(contexts, ACTS)
        near = np.concatenate([_NEAR[:size] for size in sizes.tolist()])
        return best(
            met(contexts, liked, sizes, near, lambda rows: Edges(*view.successors(rows, now))), contexts[0], most
        )
