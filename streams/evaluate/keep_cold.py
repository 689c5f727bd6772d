"""Places of a finished list given to cold items: what `--keep-cold` asks for."""

from __future__ import annotations

import numpy as np

from streams.core.prequential import COLD_BELOW
from streams.core.recommend import Ranking
from streams.core.rows import Rows
from streams.core.statistics_view import StatisticsView


def with_cold(ranking: Ranking, statistics: StatisticsView, least: int) -> list[int]:
    """The catalogue's rows of the list, best first, at least `least` of them liked fewer than COLD_BELOW times.

    The best-scored cold candidates take the places of the worst others; fewer come where there are no more candidates.
    """
    rows = [place.row for place in ranking.places]
    cold = statistics.acts(_rows(rows)) < COLD_BELOW
    missing = min(least, len(rows)) - int(cold.sum())
    if missing <= 0:
        return rows
    scored, chosen = ranking.scored, set(rows)
    pool = scored.pool.rows
    score = scored.scores
    waiting = np.flatnonzero(statistics.acts(pool) < COLD_BELOW)
    best = waiting[np.argsort(-score[waiting], kind="stable")]
    extra = [row for row in pool[best].tolist() if row not in chosen][:missing]
    warm_places = np.flatnonzero(~cold)
    leaving = set(warm_places[len(warm_places) - len(extra) :].tolist())
    return [row for place, row in enumerate(rows) if place not in leaving] + extra


def _rows(rows: list[int]) -> Rows:
    return np.array(rows, dtype=np.int32)
