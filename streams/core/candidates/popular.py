"""Items many people took to lately (long half-life) or ever."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Candidates, Context


class PopularSource:
    """Score: how often it was liked, ever. Cause: none."""

    name = "popular"

    def propose(self, context: Context) -> Candidates:
        view, most = context.statistics, context.tuning.source_candidates
        rows = np.unique(np.concatenate((view.popular.top()[:most], view.all_time.top()[:most])))
        return Candidates.uncaused(rows, view.acts(rows))
