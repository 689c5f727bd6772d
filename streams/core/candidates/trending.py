"""Items many people take to right now (short half-life)."""

from __future__ import annotations

from streams.core.candidates.base import Candidates, Context


class TrendingSource:
    """Score: decayed weight under the short half-life, as of now. Cause: none."""

    name = "trending"

    def propose(self, context: Context) -> Candidates:
        rows = context.statistics.trending.top()[: context.tuning.source_candidates]
        return Candidates.uncaused(rows, context.statistics.trend(rows, context.now))
