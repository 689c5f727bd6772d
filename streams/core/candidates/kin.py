"""Items that share rare words with what the user liked, or with what others liked together with it: the next part of a
story, another work of the same hand, however few have touched it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.best import best_of
from streams.core.candidates.accumulate import COLD_BELOW, COMPANY, Company, Edges, summed
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Caused
from streams.core.candidates.neighbours import met_by, near_of, newest
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
        context, company = contexts[0], Company.of(met_by(contexts))
        acts = context.statistics.acts_by_row()
        liked, sizes = newest(contexts)
        seeds, strengths, causes, sizes = _seeds(liked, near_of(context, liked, sizes), sizes, *company)
        kin = Edges(*context.catalogue.kin(seeds))
        related = summed(kin, strengths, causes, sizes, context, shrunk=False)
        return Company(*_halves(*related, acts, context.tuning.source_candidates // 2)).candidates()


@compiled(f"{COMPANY}(i4[::1], f4[::1], i8[::1], i4[::1], f4[::1], i4[::1], i8[::1])")
def _seeds(  # noqa: PLR0917 - compiled functions take no keywords
    liked: Rows, near: Floats, sizes: Places, rows: Rows, sums: Floats, causes: Rows, bounds: Places
) -> tuple[Rows, Floats, Rows, Places]:
    """Whose kin are asked, list by list, how much each counts, the like that each is there for, and how many of them
    each list has: its likes and the strongest of what was met.
    """
    most = len(liked) + len(rows)
    seeds, strengths = np.empty(most, np.int32), np.empty(most, np.float32)
    because, lengths = np.empty(most, np.int32), np.empty(len(sizes), np.int64)
    first = count = 0
    for one in range(len(sizes)):
        start = count
        for like in range(first, first + sizes[one]):
            seeds[count], strengths[count], because[count] = liked[like], near[like], liked[like]
            count += 1
        first += sizes[one]
        for place in best_of(sums[bounds[one] : bounds[one + 1]], SEEDS):
            at = bounds[one] + place
            seeds[count], strengths[count], because[count] = rows[at], sums[at], causes[at]
            count += 1
        lengths[one] = count - start
    return seeds[:count], strengths[:count], because[:count], lengths


@compiled(f"{COMPANY}(i4[::1], f4[::1], i4[::1], i8[::1], f4[::1], i8)")
def _halves(  # noqa: PLR0917 - compiled functions take no keywords
    rows: Rows, sums: Floats, causes: Rows, bounds: Places, acts: Floats, most: int
) -> tuple[Rows, Floats, Rows, Places]:
    """Of each list the `most` cold rows with the largest sums, and as many others, in the order they were met in."""
    chosen, ends = np.zeros(len(rows), np.bool_), np.zeros(len(bounds), np.int64)
    cold = acts[rows] < COLD_BELOW
    for one in range(len(bounds) - 1):
        start, end = bounds[one], bounds[one + 1]
        for kind in (True, False):
            of_kind = start + np.flatnonzero(cold[start:end] == kind)
            chosen[of_kind[best_of(sums[of_kind], most)]] = True
        ends[one + 1] = ends[one] + np.count_nonzero(chosen[start:end])
    at = np.flatnonzero(chosen)
    return rows[at], sums[at], causes[at], ends
