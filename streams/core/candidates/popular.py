"""Items many people took to lately, over the last year or so, or ever."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.caused import Uncaused


class PopularSource(Uncaused):
    """Score: how often it was liked, ever."""

    name = "popular"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, most = contexts[0].statistics, contexts[0].tuning.leader_candidates
        scratch = contexts[0].catalogue.scratch()
        leaders = [kind.top() for kind in (view.popular, view.lasting, view.all_time)]
        answers = []
        for context in contexts:
            rows = np.concatenate([context.unused(one, most) for one in leaders])
            rows = rows[scratch.last(rows)]
            answers.append(Candidates(rows, view.acts(rows)))
        return answers
