"""Items that share rare words with what the user liked, or with what others liked together with it: the next part of a
story, another work of the same hand, however few have touched it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.best import best_of
from streams.core.candidates.accumulate import COLD_BELOW, SHRINK
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Caused
from streams.core.candidates.neighbours import STEP, met_by
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places

SEEDS = 30
"""So many of the strongest of what was met, besides the likes themselves, are asked for their kin."""


class KinSource(Caused):
    """Score: the cosines of an item's words to those of what the user liked and of what was met with that, each times
    how strongly. Cause: the liked item behind the largest part. Items that many know come by other ways: half are cold.
    """

    name = "kin"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        seeds = [_seeds(context, *found) for context, found in zip(contexts, met_by(contexts), strict=True)]
        rows, strengths, causes = (np.concatenate(column) for column in zip(*seeds, strict=True))
        sizes = np.array([len(one[0]) for one in seeds])
        catalogue, most = contexts[0].catalogue, contexts[0].tuning.source_candidates
        kin = catalogue.kin(rows)
        acts = contexts[0].statistics.acts_by_row()
        places = catalogue.scratch().places
        found, sums, because, bounds = _related(*kin, strengths, causes, sizes, acts, places, most)
        return [
            Candidates(found[start:end], sums[start:end], because[start:end])
            for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
        ]


def _seeds(context: Context, rows: Rows, sums: Floats, causes: Rows) -> tuple[Rows, Floats, Rows]:
    """Whose kin are asked, how much each counts, and the like that each is there for."""
    liked = context.taste.liked
    own = STEP ** np.arange(len(liked), dtype=np.float32) / np.sqrt(context.statistics.acts(liked) + np.float32(SHRINK))
    strongest = best_of(sums, SEEDS)
    return (
        np.concatenate((liked, rows[strongest])),
        np.concatenate((own, sums[strongest])).astype(np.float32),
        np.concatenate((liked, causes[strongest])),
    )


@compiled(
    "Tuple((i4[::1], f4[::1], i4[::1], i8[::1]))"
    "(i4[::1], f4[::1], i4[::1], f4[::1], i4[::1], i8[::1], f4[::1], i4[::1], i8)"
)
def _related(  # noqa: PLR0917 - compiled functions take no keywords
    ends: Rows,
    cosines: Floats,
    at: Rows,
    strengths: Floats,
    causes: Rows,
    sizes: Places,
    acts: Floats,
    place: Rows,
    most: int,
) -> tuple[Rows, Floats, Rows, Places]:
    """The best rows of every list, half of them cold, with sums and causes, and where each list begins; `place` as in
    accumulate.py.
    """
    rows, sums = np.empty(len(ends), np.int32), np.empty(len(ends), np.float32)
    because, loudest = np.empty(len(ends), np.int32), np.empty(len(ends), np.float32)
    bounds = np.zeros(len(sizes) + 1, np.int64)
    edge = last = kept = 0
    for one in range(len(sizes)):
        last += sizes[one]
        start = count = kept
        while edge < len(ends) and at[edge] < last:
            end, seed = ends[edge], at[edge]
            weight = cosines[edge] * strengths[seed]
            where = place[end]
            if where < start or where >= count or rows[where] != end:
                where, count = count, count + 1
                place[end], rows[where], sums[where], loudest[where] = where, end, 0, -1
            sums[where] += weight
            if weight > loudest[where]:
                loudest[where], because[where] = weight, causes[seed]
            edge += 1
        cold = acts[rows[start:count]] < COLD_BELOW
        chosen = np.zeros(count - start, np.bool_)
        for kind in (True, False):
            of_kind = np.flatnonzero(cold == kind)
            chosen[of_kind[best_of(sums[start:count][of_kind], most // 2)]] = True
        best = start + np.flatnonzero(chosen)
        kept = start + len(best)
        rows[start:kept], sums[start:kept], because[start:kept] = rows[best], sums[best], because[best]
        bounds[one + 1] = kept
    return rows[:kept], sums[:kept], because[:kept], bounds
