"""Add up what several liked items say about the same candidates."""

from __future__ import annotations

from streams.core.candidates.base import Candidates, Evidence, best_of
from streams.core.scratch import Scratch


def accumulated(evidence: Evidence, most: int, scratch: Scratch) -> Candidates:
    """Sum the weights by row; keep the `most` largest sums."""
    distinct = scratch.distinct(evidence.rows)
    sums = scratch.summed(evidence.rows, evidence.weights, distinct)
    kept = best_of(sums, most)
    return Candidates(distinct[kept], sums[kept], evidence)
