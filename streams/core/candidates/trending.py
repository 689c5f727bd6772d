"""Items many people take to right now (short half-life)."""

from __future__ import annotations

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.uncaused import Uncaused


class TrendingSource(Uncaused):
    """Score: decayed weight under the short half-life, as of now."""

    name = "trending"

    def propose(self, context: Context) -> Candidates:
        rows = context.statistics.trending.top()[: context.tuning.source_candidates]
        return Candidates(rows, context.statistics.trend(rows, context.now))
