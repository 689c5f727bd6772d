"""Items that others went to right after what this user did last: ordered transitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.accumulate import Edges, accumulated
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Caused

ACTS = 3
FADE = 0.5
_NEAR: Floats = (FADE ** np.arange(ACTS)).astype(np.float32)


class NextAfterSource(Caused):
    """Score: how often it came next over the root of its count, halved per step back. Cause: the item before it."""

    name = "next_after"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, tuning, now = contexts[0].statistics, contexts[0].tuning, contexts[0].now
        near = [_NEAR[: len(context.taste.liked)] for context in contexts]
        most = tuning.source_candidates // 2
        return accumulated(contexts, near, most, lambda rows: Edges(*view.successors(rows, now)))
