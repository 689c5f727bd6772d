"""Items close to an interest, as the vector index answered."""

from __future__ import annotations

from itertools import chain

import numpy as np

from streams.core.candidates.base import Candidates, Context
from streams.core.rows import UNKNOWN


class InterestSource:
    """Score: the best cosine to any interest. Cause: the liked item whose vector is closest."""

    name = "interest"

    def propose(self, context: Context) -> Candidates:
        answers = [hits for hits in context.hits if hits is not None and len(hits.item_ids)]
        if not answers:
            return Candidates.none()
        rows = context.catalogue.rows.find_all(chain.from_iterable(hits.item_ids for hits in answers))
        scores = np.concatenate([np.asarray(hits.scores, dtype=np.float32) for hits in answers])
        known = rows != UNKNOWN  # the index may still hold what the catalogue has let go
        rows, scores = rows[known], scores[known]
        order = np.lexsort((rows, -scores))
        rows, scores = rows[order], scores[order]
        first = np.sort(np.unique(rows, return_index=True)[1])
        rows, scores = rows[first], scores[first]
        return Candidates(rows, scores, context.nearest_liked(rows))
