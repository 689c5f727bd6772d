"""Items that others liked together with what this user liked: item-to-item co-engagement.

Cosine with shrinkage (Sarwar et al., "Item-based collaborative filtering", WWW 2001; shrinkage as in Koren, KDD 2008).
"""

from __future__ import annotations

import numpy as np

from streams.core.candidates.accumulate import accumulated
from streams.core.candidates.base import Candidates, Context

SHRINK = 5.0
"""As many imagined acts without company: keeps one shared visitor from looking like a perfect match."""


class NeighbourSource:
    """Score: co-engagement cosine summed over the newest liked items. Cause: the one that contributes most."""

    name = "neighbours"

    def propose(self, context: Context) -> Candidates:
        taste, view = context.taste, context.statistics
        most = context.tuning.neighbour_acts
        rows, weights, causes = [], [], []
        for liked, strength in zip(taste.liked[:most].tolist(), taste.strength[:most].tolist(), strict=True):
            ends, counts = view.neighbours(liked, context.now)
            if len(ends):
                rows.append(ends)
                weights.append(counts * np.float32(strength))
                causes.append(np.full(len(ends), liked, dtype=np.int32))
        if not rows:
            return Candidates.none()
        ends, cause = np.concatenate(rows), np.concatenate(causes)
        size = np.sqrt((view.acts(ends) + SHRINK) * (view.acts(cause) + SHRINK))
        cosines = (np.concatenate(weights) / size).astype(np.float32)
        return accumulated(ends, cosines, cause, context.tuning.source_candidates)
