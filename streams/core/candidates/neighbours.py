"""Items that others liked together with what this user liked: item-to-item co-engagement.

Cosine with shrinkage (Sarwar et al., "Item-based collaborative filtering", WWW 2001; shrinkage as in Koren, KDD 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.accumulate import SHRINK, Company, Edges, best, met
from streams.core.candidates.base import Candidates, Context, Floats, Met
from streams.core.candidates.caused import Caused
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places

STEP = np.float32(0.93)
"""Each step back in the history counts this much less. Its age does not: what was liked together years ago still is."""


class NeighbourSource(Caused):
    """Score: co-engagement cosine summed over the newest liked items. Cause: the one that contributes most."""

    name = "neighbours"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        return best(Company.of(met_by(contexts)), contexts[0], contexts[0].tuning.source_candidates)


def met_by(contexts: Sequence[Context]) -> list[Met]:
    """For each context all that was liked together with its likes; kept, since more than one part asks."""
    if any(context.met is None for context in contexts):
        view, now = contexts[0].statistics, contexts[0].now
        most = contexts[0].tuning.neighbour_acts
        liked, sizes = newest(contexts, most)
        near = near_of(contexts[0], liked, sizes)
        company = met(contexts, liked, sizes, near, lambda rows: Edges(*view.neighbours(rows, now)))
        for context, found in zip(contexts, company.each(), strict=True):
            context.met = found
    return [context.met for context in contexts if context.met is not None]


def newest(contexts: Sequence[Context], most: int | None = None) -> tuple[Rows, Places]:
    """The newest `most` likes of each context, one after another int32[a], and how many each has int64[b]."""
    liked = [context.taste.liked[:most] for context in contexts]
    return np.concatenate(liked), np.array([len(one) for one in liked])


def near_of(context: Context, liked: Rows, sizes: Places) -> Floats:
    """float32[a]: how much each of `liked` int32[a], newest first, `sizes` int64[b] of each list, counts for what was
    met with it. `context` is any of the micro-batch.
    """
    steps: Floats = STEP ** np.arange(sizes.max(initial=0), dtype=np.float32)
    found: Floats = _near(liked, sizes, context.statistics.acts_by_row(), steps)
    return found


@compiled("f4[::1](i4[::1], i8[::1], f4[::1], f4[::1])")
def _near(liked: Rows, sizes: Places, acts: Floats, steps: Floats) -> Floats:
    near = np.empty(len(liked), np.float32)
    at = 0
    for size in sizes:
        for step in range(size):
            near[at] = steps[step] / np.sqrt(acts[liked[at]] + np.float32(SHRINK))
            at += 1
    return near
