"""Items that others liked together with what this user liked: item-to-item co-engagement.

Cosine with shrinkage (Sarwar et al., "Item-based collaborative filtering", WWW 2001; shrinkage as in Koren, KDD 2008).
"""

from __future__ import annotations

import numpy as np

from streams.core.candidates.accumulate import accumulated
from streams.core.candidates.base import NO_CAUSE, Candidates, Context, Evidence

SHRINK = 5.0
"""As many imagined acts without company: keeps one shared visitor from looking like a perfect match."""


class NeighbourSource:
    """Score: co-engagement cosine summed over the newest liked items. Cause: the one that contributes most."""

    name = "neighbours"

    def propose(self, context: Context) -> Candidates:
        taste, view, most = context.taste, context.statistics, context.tuning.neighbour_acts
        liked = taste.liked[:most]
        ends, counts, at = view.neighbours(liked, context.now)
        if not len(ends):
            return Candidates.none()
        causes = liked[at]
        size = np.sqrt((view.acts(ends) + SHRINK) * (view.acts(liked) + SHRINK)[at])
        weights = (counts * taste.strength[at] / size).astype(np.float32)
        return accumulated(Evidence(ends, weights, causes), context.tuning.source_candidates, context.catalogue.scratch)

    def cause(self, row: int, given: Candidates, context: Context) -> int:
        return given.evidence.loudest(row) if given.evidence is not None else NO_CAUSE
