"""Items many people take to right now (short half-life)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.caused import Uncaused
from streams.core.candidates.leaders import unused


class TrendingSource(Uncaused):
    """Score: decayed weight under the short half-life, as of now."""

    name = "trending"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, most = contexts[0].statistics, contexts[0].tuning.leader_candidates
        leaders = view.trending.top()
        at, bounds = unused(contexts, [leaders], most)
        head = leaders[: at.max(initial=-1) + 1]  # the same for many lists
        rows, trend = head[at], view.trend(head, contexts[0].now)[at]
        return [Candidates(rows[start:end], trend[start:end]) for start, end in pairwise(bounds.tolist())]
