"""Items for a list that the sources could not fill: never an empty list while something eligible exists."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from streams.core.candidates.base import Context
from streams.core.rows import Rows
from streams.core.rules import Limits, allowed
from streams.core.segments import Segments


def backfilled(taken: Collection[int], wanted: int, context: Context, limits: Limits) -> list[int]:
    """At most `wanted` allowed rows that are not taken: the most liked, then the newest, then the whole catalogue."""
    found: dict[int, None] = {}
    for rows in _shelves(context):
        for row in rows[allowed(rows, Segments.one(len(rows)), [context], [limits])].tolist():
            if row not in taken:
                found[row] = None
                if len(found) == wanted:
                    return list(found)
    return list(found)


def _shelves(context: Context) -> Iterator[Rows]:
    yield context.statistics.all_time.top()
    yield context.catalogue.fresh.newest()
    yield context.catalogue.live()[::-1]
