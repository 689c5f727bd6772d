"""The candidates of all sources for one list, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import NO_CAUSE, Candidates, Context, Floats, Source
from streams.core.rows import Rows


@dataclass(frozen=True, slots=True)
class Pool:
    """`rows` int32[n]; `scores` float32[n, s] (0 where a source did not propose), `proposed` bool[n, s], `causes`
    int32[n, s]; the columns are the sources in registry order.
    """

    rows: Rows
    scores: Floats
    proposed: NDArray[np.bool_]
    causes: Rows

    def only(self, kept: NDArray[np.bool_]) -> Pool:
        if kept.all():
            return self
        return Pool(self.rows[kept], self.scores[kept], self.proposed[kept], self.causes[kept])


def gather(context: Context, sources: Sequence[Source]) -> Pool:
    """Ask every source and line their answers up by row (ascending)."""
    return lined_up([source.propose(context) for source in sources])


def lined_up(answers: Sequence[Candidates]) -> Pool:
    """One row per distinct candidate."""
    together = np.concatenate([answer.rows for answer in answers])
    rows, inverse = np.unique(together, return_inverse=True)
    column = np.repeat(np.arange(len(answers)), [len(answer.rows) for answer in answers])
    shape = (len(rows), len(answers))
    scores = np.zeros(shape, dtype=np.float32)
    proposed = np.zeros(shape, dtype=np.bool_)
    causes = np.full(shape, NO_CAUSE, dtype=np.int32)
    scores[inverse, column] = np.concatenate([answer.scores for answer in answers])
    proposed[inverse, column] = True
    causes[inverse, column] = np.concatenate([answer.causes for answer in answers])
    return Pool(rows.astype(np.int32), scores, proposed, causes)
