"""Items many people take to right now (short half-life)."""

from __future__ import annotations

from collections.abc import Sequence

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.caused import Uncaused


class TrendingSource(Uncaused):
    """Score: decayed weight under the short half-life, as of now."""

    name = "trending"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, most = contexts[0].statistics, contexts[0].tuning.leader_candidates
        leaders = view.trending.top()
        found = [context.unused(leaders, most) for context in contexts]
        return [Candidates(rows, view.trend(rows, contexts[0].now)) for rows in found]
