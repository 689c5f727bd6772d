"""Items close to an interest, as the vector index answered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from streams.core.candidates.base import Candidates, Context
from streams.core.candidates.caused import CausedByLikeness
from streams.core.rows import UNKNOWN


class InterestSource(CausedByLikeness):
    """Score: the best cosine to any interest. Cause: the liked item whose vector is closest."""

    name = "interest"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        return [_found(context) for context in contexts]


def _found(context: Context) -> Candidates:
    answers = [hits for hits in context.hits if hits is not None and len(hits.item_ids)]
    if not answers:
        return Candidates.none()
    rows = context.catalogue.rows.find_all(chain.from_iterable([hits.item_ids for hits in answers]))
    scores = np.concatenate([hits.scores for hits in answers]).astype(np.float32, copy=False)
    order = scores.argsort(kind="stable")  # worst first: an item's best score comes last
    order = order[rows[order] != UNKNOWN]  # the index may still hold what the catalogue has let go
    rows = rows[order]
    best = context.catalogue.scratch().last(rows).nonzero()[0][::-1]
    best = best[: context.tuning.source_candidates]
    return Candidates(rows[best], scores[order[best]])
