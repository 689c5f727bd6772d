"""Items that share rare words with what the user liked, or with what others liked together with it: the next part of a
story, another work of the same hand, however few have touched it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.best import best_of
from streams.core.candidates.accumulate import COLD_BELOW, Edges, summed
from streams.core.candidates.base import Candidates, Context, Floats, Met
from streams.core.candidates.caused import Caused
from streams.core.candidates.neighbours import met_by, near_of
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
        kin = Edges(*contexts[0].catalogue.kin(rows))
        related = summed(kin, strengths, causes, sizes, contexts[0], shrunk=False)
        return [_halves(found, context) for found, context in zip(related, contexts, strict=True)]


def _seeds(context: Context, rows: Rows, sums: Floats, causes: Rows) -> tuple[Rows, Floats, Rows]:
    """Whose kin are asked, how much each counts, and the like that each is there for."""
    liked = context.taste.liked
    strongest = best_of(sums, SEEDS)
    return (
        np.concatenate((liked, rows[strongest])),
        np.concatenate((near_of(context, liked), sums[strongest])),
        np.concatenate((liked, causes[strongest])),
    )


def _halves(found: Met, context: Context) -> Candidates:
    """The best rows, half of them cold, in the order in which they were met."""
    acts, most = context.statistics.acts_by_row(), context.tuning.source_candidates
    at = _best_halves(found.rows, found.sums, acts, most // 2)
    return Candidates(found.rows[at], found.sums[at], found.causes[at])


@compiled("i8[::1](i4[::1], f4[::1], f4[::1], i8)")
def _best_halves(rows: Rows, sums: Floats, acts: Floats, most: int) -> Places:
    """Rising places of the `most` largest sums of cold rows, and of as many of others."""
    cold = acts[rows] < COLD_BELOW
    chosen = np.zeros(len(rows), np.bool_)
    for kind in (True, False):
        of_kind = np.flatnonzero(cold == kind)
        chosen[of_kind[best_of(sums[of_kind], most)]] = True
    places: Places = np.flatnonzero(chosen)
    return places
