"""What is counted of candidates, whoever asks: how popular each is and was, and since when it is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.exploration import UNTRIED_BELOW
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.histories import Histories
from streams.core.hours import PARTS, part_of
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.shares import SHARED, Shared
from streams.core.stages import PAST_COUNTED, STAGE_OF, STAGES
from streams.core.statistics_view import COUNTS, LOWEST, SHARE_PRIOR, Counts
from streams.core.tuning import DAY_S

HALF_LIVES: Final = ("trend_log", "popularity_log", "lasting_log")
COUNTED: Final = (
    "popularity",
    "trend",
    "all_time",
    "untried",
    *HALF_LIVES,
    "stage_lift",
    "hour_lift",
    "surface_lift",
    "known_for",
    "idle_for",
)
"""Features that this file fills in, in its order: see features.py."""
_DAY = np.float32(DAY_S)


def counted(pools: Pools, histories: Histories, contexts: Sequence[Context], columns: Places, table: Floats) -> None:
    """Fill the rows `columns` int64[len(COUNTED)] of `table` float32[f, n]."""
    view, now = contexts[0].statistics, contexts[0].now
    kinds = np.empty((3, len(contexts)), dtype=np.int64)
    kinds[0] = STAGE_OF[np.minimum(histories.likes, PAST_COUNTED)]
    kinds[1] = part_of(now)
    kinds[2] = [view.surfaces.find(context.surface) for context in contexts]
    named = np.array([STAGES, PARTS, len(view.surfaces)])
    _counted(view.counts(), pools.rows, pools.lists.sizes, kinds, named, now, columns, table)


@compiled(f"f8({SHARED}, i8, i8)")
def _usual(shared: Shared, kind: int, kinds: int) -> float:
    """The share of this kind among everybody's likes, of so many `kinds` that are known; 1 for one that is not."""
    totals = shared[1]
    share: float = (totals[kind] + 1) / (totals.sum() + kinds) if kind >= 0 else 1.0
    return share


@compiled(f"f4({SHARED}, i8, i8, f8)")
def _lift(shared: Shared, row: int, kind: int, usual: float) -> float:
    """How much likelier than `usual` the row's likes are to be of this kind, as a log; 0 for a kind below 0."""
    if kind < 0:
        return 0.0
    by_row = shared[0]
    of_kind = (by_row[row, kind] + SHARE_PRIOR * usual) / (by_row[row].sum() + SHARE_PRIOR)
    return float(np.log(np.float32(of_kind / usual)))


@compiled(f"void({COUNTS}, i4[::1], i8[::1], i8[:, ::1], i8[::1], f8, i8[::1], f4[:, ::1])")
def _counted(  # noqa: PLR0917 - compiled functions take no keywords
    counts: Counts, rows: Rows, sizes: Places, kinds: Places, named: Places, now: float, columns: Places, table: Floats
) -> None:
    """`kinds` int64[3, b]: of each list the stage of its user, the part of the week, and the surface; `named` int64[3]:
    how many of each are known.
    """
    logs, highest, half_lives, trend, popular, times, by_stage, by_hour, by_surface, acts = counts
    popularity, trending, all_time, untried, trend_log, popularity_log, lasting_log = columns[:7]
    stage, hour, surface, known, idle = columns[7:]
    standing = (trend_log, popularity_log, lasting_log)
    start = 0
    for one in range(len(sizes)):
        of_stage, of_hour, of_surface = kinds[:, one]
        usual_stage, usual_hour = _usual(by_stage, of_stage, named[0]), _usual(by_hour, of_hour, named[1])
        usual_surface = _usual(by_surface, of_surface, named[2])
        for at in range(start, start + sizes[one]):
            row = rows[at]
            table[all_time, at] = np.log1p(acts[row])
            table[untried, at] = acts[row] < UNTRIED_BELOW
            for half_life in range(min(len(standing), len(highest))):  # two that are set alike are one
                table[standing[half_life], at] = max(logs[row, half_life] - highest[half_life], LOWEST)
            first, newest = times[row, 0], times[row, 1]
            if newest <= 0:  # nothing was ever done with it, and much of a catalogue is like that
                for column in (popularity, trending, stage, hour, surface, known, idle):
                    table[column, at] = 0
                continue
            table[popularity, at] = np.log1p(np.exp2(np.float32(logs[row, popular] - now / half_lives[popular])))
            table[trending, at] = np.log1p(np.exp2(np.float32(logs[row, trend] - now / half_lives[trend])))
            table[stage, at] = _lift(by_stage, row, of_stage, usual_stage)
            table[hour, at] = _lift(by_hour, row, of_hour, usual_hour)
            table[surface, at] = _lift(by_surface, row, of_surface, usual_surface)
            table[known, at] = np.log1p(np.float32(max(0.0, now - first)) / _DAY) if first > 0 else 0.0
            table[idle, at] = np.log1p(np.float32(max(0.0, now - newest)) / _DAY)
        start += sizes[one]
