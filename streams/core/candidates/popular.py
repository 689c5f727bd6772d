"""Items many people took to lately (long half-life) or ever."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.uncaused import Uncaused


class PopularSource(Uncaused):
    """Score: how often it was liked, ever."""

    name = "popular"

    def propose(self, context: Context) -> Candidates:
        view, most = context.statistics, context.tuning.source_candidates
        leaders = np.concatenate((view.popular.top()[:most], view.all_time.top()[:most]))
        rows = context.catalogue.scratch.distinct(leaders)
        return Candidates(rows, view.acts(rows))
