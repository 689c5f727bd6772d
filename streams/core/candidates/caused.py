"""Who answers for a proposal: shared by the sources that find an item's cause in the same way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import NO_CAUSE, Candidates, Context
from streams.core.compiled import compiled
from streams.core.rows import Rows


class Uncaused:
    """The proposals come from no item of the user's."""

    def causes(self, rows: Sequence[int], given: Candidates, context: Context) -> list[int]:
        return [NO_CAUSE] * len(rows)


class Caused:
    """The proposals name the liked item that gave most."""

    def causes(self, rows: Sequence[int], given: Candidates, context: Context) -> list[int]:
        if given.causes is None:
            return [NO_CAUSE] * len(rows)
        causes: list[int] = _found(np.array(rows, dtype=np.int32), given.rows, given.causes).tolist()
        return causes


class CausedByLikeness:
    """The liked item whose vector is closest answers; nobody for a user without any."""

    def causes(self, rows: Sequence[int], given: Candidates, context: Context) -> list[int]:
        return context.nearest_liked(rows)


@compiled("i4[::1](i4[::1], i4[::1], i4[::1])")
def _found(rows: Rows, known: Rows, causes: Rows) -> Rows:
    """int32[n]: what stands in `causes` where `known` has each of `rows`; NO_CAUSE where it has none."""
    found = np.full(len(rows), NO_CAUSE, np.int32)
    for at in range(len(rows)):
        for other in range(len(known)):
            if known[other] == rows[at]:
                found[at] = causes[other]
                break
    return found
