"""Items close to an interest, as the vector index answered."""

from __future__ import annotations

from itertools import chain

import numpy as np

from streams.core.candidates.base import Candidates, Context, best_of
from streams.core.rows import UNKNOWN


class InterestSource:
    """Score: the best cosine to any interest. Cause: the liked item whose vector is closest."""

    name = "interest"

    def propose(self, context: Context) -> Candidates:
        answers = [hits for hits in context.hits if hits is not None and len(hits.item_ids)]
        if not answers:
            return Candidates.none()
        rows = context.catalogue.rows.find_all(chain.from_iterable(hits.item_ids for hits in answers))
        scores = np.array(list(chain.from_iterable(hits.scores for hits in answers)), dtype=np.float32)
        known = rows != UNKNOWN  # the index may still hold what the catalogue has let go
        order = np.argsort(scores[known], kind="stable")  # worst first: an item's best score is written last
        rows, scores = rows[known][order], scores[known][order]
        scratch = context.catalogue.scratch
        distinct = scratch.distinct(rows)
        best = np.empty(len(distinct), dtype=np.float32)
        best[scratch.placed(rows, distinct)] = scores
        kept = best_of(
            best, context.tuning.source_candidates * 3 // 2
        )  # interests together get more places than others
        return Candidates(distinct[kept], best[kept])

    def cause(self, row: int, given: Candidates, context: Context) -> int:
        return context.nearest_liked(row)
