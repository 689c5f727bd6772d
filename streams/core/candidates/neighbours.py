"""Items that others liked together with what this user liked: item-to-item co-engagement.

Cosine with shrinkage (Sarwar et al., "Item-based collaborative filtering", WWW 2001; shrinkage as in Koren, KDD 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.accumulate import Edges, accumulated
from streams.core.candidates.base import Candidates, Context, Floats
from streams.core.candidates.caused import Caused
from streams.core.rows import Rows
from streams.core.segments import Places

SHRINK = 5.0
"""As many imagined acts without company: keeps one shared visitor from looking like a perfect match."""


class NeighbourSource(Caused):
    """Score: co-engagement cosine summed over the newest liked items. Cause: the one that contributes most."""

    name = "neighbours"

    def propose(self, contexts: Sequence[Context]) -> list[Candidates]:
        view, tuning, now = contexts[0].statistics, contexts[0].tuning, contexts[0].now
        strength = np.concatenate([context.taste.strength[: tuning.neighbour_acts] for context in contexts])

        def weigh(edges: Edges, liked: Rows, _newest: Places) -> Floats:
            ends, counts, at = edges
            near = strength / np.sqrt(view.acts(liked) + np.float32(SHRINK))
            weights: Floats = counts * near[at] / np.sqrt(view.acts(ends) + np.float32(SHRINK))
            return weights

        return accumulated(
            contexts,
            tuning.neighbour_acts,
            tuning.source_candidates,
            lambda rows: view.neighbours(rows, now),
            weigh,
        )
