"""The candidates of all sources for one list, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Candidates, Floats
from streams.core.rows import Rows
from streams.core.scratch import Scratch


@dataclass(frozen=True, slots=True)
class Pool:
    """`rows` int32[n]; `scores` float32[n, s] (0 where a source did not propose), `proposed` bool[n, s]; the columns
    are the sources in registry order, `given` their answers.
    """

    rows: Rows
    scores: Floats
    proposed: NDArray[np.bool_]
    given: Sequence[Candidates]

    def only(self, kept: NDArray[np.bool_]) -> Pool:
        """The candidates where `kept` bool[n] is true."""
        return Pool(self.rows[kept], self.scores[kept], self.proposed[kept], self.given)


def lined_up(given: Sequence[Candidates], scratch: Scratch) -> Pool:
    """One row per distinct candidate."""
    together = np.concatenate([answer.rows for answer in given])
    rows = scratch.distinct(together)
    at = scratch.placed(together, rows)
    column = np.repeat(np.arange(len(given)), [len(answer.rows) for answer in given])
    scores = np.zeros((len(rows), len(given)), dtype=np.float32)
    proposed = np.zeros((len(rows), len(given)), dtype=np.bool_)
    scores[at, column] = np.concatenate([answer.scores for answer in given])
    proposed[at, column] = True
    return Pool(rows, scores, proposed, given)
