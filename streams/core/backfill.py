"""Items for a list that the sources could not fill: never an empty list while something eligible exists."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from streams.core.candidates.base import Context
from streams.core.rows import Rows
from streams.core.rules import Limits, allowed
from streams.core.segments import Segments


def backfilled(taken: Collection[int], wanted: int, context: Context, limits: Limits) -> list[int]:
    """At most `wanted` allowed rows that are not taken: the most liked, then the newest, then the whole catalogue."""
    found: dict[int, None] = {}
    for rows in _shelves(context, limits):
        for row in rows[allowed(rows, Segments.one(len(rows)), [context], [limits])].tolist():
            if row not in taken:
                found[row] = None
                if len(found) == wanted:
                    return list(found)
    return list(found)


def _shelves(context: Context, limits: Limits) -> Iterator[Rows]:
    if limits.tags:  # no need to look where nothing can be found
        rows = context.catalogue.tagged(limits.tags)
        yield rows[np.argsort(-context.statistics.acts(rows), kind="stable")]
        return
    yield context.statistics.all_time.top()
    yield context.catalogue.fresh.newest()
    yield context.catalogue.live()[::-1]
