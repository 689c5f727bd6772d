"""The candidates of all sources side by side, for several lists at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Candidates, Floats
from streams.core.catalogue import Catalogue
from streams.core.rows import Rows
from streams.core.segments import Segments


@dataclass(frozen=True, slots=True)
class Pool:
    """One list's. `rows` int32[n]; `scores` float32[n, s] (0 where a source did not propose), `proposed` bool[n, s];
    the columns are the sources in registry order, `given` their answers.
    """

    rows: Rows
    scores: Floats
    proposed: NDArray[np.bool_]
    given: Sequence[Candidates]


@dataclass(frozen=True, slots=True)
class Pools:
    """Those of several lists, one after another as `lists` says; the columns as in Pool."""

    rows: Rows
    scores: Floats
    proposed: NDArray[np.bool_]
    given: Sequence[Sequence[Candidates]]
    lists: Segments

    def only(self, kept: NDArray[np.bool_]) -> Pools:
        """The candidates where `kept` bool[n] is true."""
        lists = Segments.of_lists(self.lists.list_of[kept], len(self.given))
        return Pools(self.rows[kept], self.scores[kept], self.proposed[kept], self.given, lists)

    def each(self) -> list[Pool]:
        """The pool of every list: views, not copies."""
        return [
            Pool(self.rows[part], self.scores[part], self.proposed[part], given)
            for part, given in zip(self.lists.slices, self.given, strict=True)
        ]


def lined_up(given: Sequence[Sequence[Candidates]], catalogue: Catalogue) -> Pools:
    """One row per list and distinct candidate. `given`: for each list the sources' answers."""
    sources = len(given[0])
    answers = [answer for one in given for answer in one]
    together = np.concatenate([answer.rows for answer in answers])
    at = np.repeat(np.arange(len(answers)), [len(answer.rows) for answer in answers])
    list_of, column = np.divmod(at, sources)
    kept, place = catalogue.scratch(len(given)).merged(catalogue.keys(together, list_of))
    scores = np.zeros((len(kept), sources), dtype=np.float32)
    proposed = np.zeros((len(kept), sources), dtype=np.bool_)
    scores[place, column] = np.concatenate([answer.scores for answer in answers])
    proposed[place, column] = True
    return Pools(together[kept], scores, proposed, given, Segments.of_lists(list_of[kept], len(given)))
