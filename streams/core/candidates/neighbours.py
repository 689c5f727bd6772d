"""Items that others liked together with what this user liked: item-to-item co-engagement.

Cosine with shrinkage (Sarwar et al., "Item-based collaborative filtering", WWW 2001; shrinkage as in Koren, KDD 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.accumulate import SHRINK, Edges, best, met
from streams.core.candidates.base import Candidates, Context, Floats, Met
from streams.core.candidates.caused import Caused
from streams.core.rows import Rows

STEP = np.float32(0.93)
"""Each step back in the history counts this much less. Its age does not: what was liked together years ago still is."""


class NeighbourSource(Caused):
    """Score: co-engagement cosine summed over the newest liked items. Cause: the one that contributes most."""

    name = "neighbours"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        most = contexts[0].tuning.source_candidates
        return [best(found, context, most) for found, context in zip(met_by(contexts), contexts, strict=True)]


def met_by(contexts: Sequence[Context]) -> list[Met]:
    """For each context all that was liked together with its likes; kept, since more than one part asks."""
    if any(context.met is None for context in contexts):
        view, now = contexts[0].statistics, contexts[0].now
        most = contexts[0].tuning.neighbour_acts
        near = [near_of(context, context.taste.liked[:most]) for context in contexts]
        for context, found in zip(
            contexts, met(contexts, near, lambda rows: Edges(*view.neighbours(rows, now))), strict=True
        ):
            context.met = found
    return [context.met for context in contexts if context.met is not None]


def near_of(context: Context, liked: Rows) -> Floats:
    """float32[a]: how much each of `liked` int32[a], newest first, counts for what was met with it."""
    acts = context.statistics.acts(liked)
    near: Floats = STEP ** np.arange(len(acts), dtype=np.float32) / np.sqrt(acts + np.float32(SHRINK))
    return near
