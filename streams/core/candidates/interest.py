"""Items close to an interest, as the vector index answered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import CausedByLikeness
from streams.core.compiled import compiled
from streams.core.rows import UNKNOWN, Rows


class InterestSource(CausedByLikeness):
    """Score: the best cosine to any interest. Cause: the liked item whose vector is closest."""

    name = "interest"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        return [_found(context) for context in contexts]


def _found(context: Context) -> Candidates:
    answers = [hits for hits in context.hits if hits is not None]
    if not answers:
        return Candidates.none()
    known, places = context.catalogue.rows, context.catalogue.scratch().places
    rows = np.concatenate([hits.rows(known) for hits in answers])
    scores = np.concatenate([hits.scores for hits in answers])
    return Candidates(*_best(rows, scores, context.tuning.source_candidates, places))


@compiled("Tuple((i4[::1], f4[::1]))(i4[::1], f4[::1], i8, i4[::1])")
def _best(rows: Rows, scores: Floats, most: int, place: NDArray[np.int32]) -> tuple[Rows, Floats]:
    """The `most` rows with the best scores, each once with its best; `place` as in accumulate.py.

    The index may still hold what the catalogue has let go: UNKNOWN rows are passed over.
    """
    found, best = np.empty(len(rows), np.int32), np.empty(len(rows), np.float32)
    count = 0
    for at in range(len(rows)):
        row = rows[at]
        if row == UNKNOWN:
            continue
        where = place[row]
        if where < 0 or where >= count or found[where] != row:
            place[row], found[count], best[count] = count, row, scores[at]
            count += 1
        else:
            best[where] = max(best[where], scores[at])
    kept = best_of(best[:count], most)
    return found[kept], best[kept]
