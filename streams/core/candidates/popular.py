"""Items many people took to lately, over the last year or so, or ever."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.caused import Uncaused
from streams.core.candidates.leaders import unused


class PopularSource(Uncaused):
    """Score: how often it was liked, ever."""

    name = "popular"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, most = contexts[0].statistics, contexts[0].tuning.leader_candidates
        leaders = [kind.top() for kind in (view.popular, view.lasting, view.all_time)]
        at, bounds = unused(contexts, leaders, most)
        rows = np.concatenate(leaders)[at]
        acts = view.acts(rows)
        return [Candidates(rows[start:end], acts[start:end]) for start, end in pairwise(bounds.tolist())]
