"""Items close to an interest, as the vector index answered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import CausedByLikeness
from streams.core.compiled import compiled
from streams.core.rows import UNKNOWN, Rows
from streams.core.segments import Places


class InterestSource(CausedByLikeness):
    """Score: the best cosine to any interest. Cause: the liked item whose vector is closest."""

    name = "interest"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        catalogue = contexts[0].catalogue
        answers = [[hits for hits in context.hits if hits is not None] for context in contexts]
        together = [hits for one in answers for hits in one]
        if not together:
            return [Candidates.none()] * len(contexts)
        rows = np.concatenate([hits.rows(catalogue.rows) for hits in together])
        scores = np.concatenate([hits.scores for hits in together])
        sizes = np.array([sum([len(hits.item_ids) for hits in one]) for one in answers])
        rows, scores, bounds = _best(
            rows, scores, sizes, contexts[0].tuning.source_candidates, catalogue.scratch().places
        )
        return [Candidates(rows[start:end], scores[start:end]) for start, end in pairwise(bounds.tolist())]


@compiled("Tuple((i4[::1], f4[::1], i8[::1]))(i4[::1], f4[::1], i8[::1], i8, i4[::1])")
def _best(
    rows: Rows, scores: Floats, sizes: Places, most: int, place: NDArray[np.int32]
) -> tuple[Rows, Floats, Places]:
    """Of each list the `most` rows with the best scores, each once with its best, and where each list begins; `sizes`
    int64[b] of the rows belong to each, `place` as in accumulate.py.

    The index may still hold what the catalogue has let go: UNKNOWN rows are passed over.
    """
    found, best = np.empty(len(rows), np.int32), np.empty(len(rows), np.float32)
    bounds = np.zeros(len(sizes) + 1, np.int64)
    at = start = 0  # what was kept of the lists before lies in front of `start`
    for one in range(len(sizes)):
        count = start
        for _ in range(sizes[one]):
            row = rows[at]
            if row != UNKNOWN:
                where = place[row]
                if where < start or where >= count or found[where] != row:
                    place[row], found[count], best[count] = count, row, scores[at]
                    count += 1
                else:
                    best[where] = max(best[where], scores[at])
            at += 1
        kept = start + best_of(best[start:count], most)
        end = start + len(kept)
        found[start:end], best[start:end] = found[kept], best[kept]
        bounds[one + 1] = start = end
    return found[:start], best[:start], bounds
