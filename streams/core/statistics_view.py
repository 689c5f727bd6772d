"""The in-process view of all items' statistics as arrays: popularity, trend, neighbours, successors.

Folded from the `item-statistics` topic (`apply`, `delete`). Popularity is held as static logs (decay.py), so nothing is
recomputed as time passes: which item leads does not depend on `now`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.decay import half_life_key
from streams.core.edges import Edges, Logs
from streams.core.growing import grown
from streams.core.leaders import Leaders
from streams.core.rows import UNKNOWN, ItemRows, Rows
from streams.core.statistics import POSITIVE
from streams.core.tuning import Tuning
from streams.events import Action, ItemStatistics

Floats = NDArray[np.float32]


class StatisticsView:
    """Shares the rows of a catalogue."""

    def __init__(self, rows: ItemRows, tuning: Tuning) -> None:
        self._rows = rows
        self._trend_s, self._popular_s = tuning.trend_half_life_s, tuning.popularity_half_life_s
        self._neighbour_s = tuning.neighbour_half_life_s
        self._trend_key, self._popular_key = half_life_key(self._trend_s), half_life_key(self._popular_s)
        self._log_trend: NDArray[np.float64] = np.zeros(0)
        self._log_popular: NDArray[np.float64] = np.zeros(0)
        self._acts: Floats = np.zeros(0, dtype=np.float32)
        self._impressions: Floats = np.zeros(0, dtype=np.float32)
        self._neighbours = Edges(most_back=tuning.neighbours_published)
        self._predecessors = Edges(most_back=tuning.neighbours_published)
        most = 24 * tuning.leader_candidates  # with room for what users have had already
        self.trending = Leaders(most)
        self.popular = Leaders(most)
        self.all_time = Leaders(most)
        self.seen = 0  # messages applied
        rows.on_forget(self._clear)

    def apply(self, statistics: ItemStatistics) -> None:
        """Take in the newest statistics of one item."""
        self.seen += 1
        row = self._rows.touch(statistics.item_id)  # kept while it is being counted
        self._make_room()
        self._log_trend[row] = _static_log(
            statistics.popularity.get(self._trend_key, 0), statistics.as_of, self._trend_s
        )
        self._log_popular[row] = _static_log(
            statistics.popularity.get(self._popular_key, 0), statistics.as_of, self._popular_s
        )
        self._acts[row] = statistics.counts.get(POSITIVE, 0)
        self._impressions[row] = statistics.counts.get(Action.IMPRESSION.value, 0)
        if self._acts[row] > 0:
            self.trending.note(row, float(self._log_trend[row]))
            self.popular.note(row, float(self._log_popular[row]))
            self.all_time.note(row, float(self._acts[row]))
        for edges, weights in (
            (self._neighbours, statistics.neighbours),
            (self._predecessors, statistics.predecessors),
        ):
            if not weights:
                continue
            ends = self._rows.rows(weights)
            values = np.fromiter(weights.values(), dtype=np.float64, count=len(weights))
            edges.fit(self._rows.width)
            edges.replace(row, ends, values, statistics.as_of / self._neighbour_s)

    def delete(self, item_id: str) -> None:
        """A tombstone: forget all that was counted."""
        row = self._rows.find(item_id)
        if row != UNKNOWN:
            self._clear(row)

    def popularity(self, rows: Rows, now: float) -> Floats:
        """float32[n]: decayed weight under the long half-life, as of `now`."""
        self._make_room()
        return self._decayed(self._log_popular, rows, now, self._popular_s)

    def trend(self, rows: Rows, now: float) -> Floats:
        """float32[n]: decayed weight under the short half-life, as of `now`."""
        self._make_room()
        return self._decayed(self._log_trend, rows, now, self._trend_s)

    def acts(self, rows: Rows) -> Floats:
        """float32[n]: how often each was liked (actions.is_positive), ever."""
        self._make_room()
        return self._acts[rows]

    def acts_by_row(self) -> Floats:
        """float32[rows]: the same for every row, for compiled functions."""
        self._make_room()
        return self._acts

    def impressions(self, rows: Rows) -> Floats:
        """float32[n]: how often each was shown, ever."""
        self._make_room()
        return self._impressions[rows]

    def neighbours(self, rows: Rows, now: float) -> tuple[Rows, Floats, Rows]:
        """Items liked together with each of `rows`, before or after it: int32[m], float32[m] decayed weights, and to
        which of `rows` each belongs, int32[m]. An item may be named twice, once per direction: add the weights up.
        """
        ends, logs, at = self._neighbours.both(rows)
        return ends, self._weights(logs, now), at

    def successors(self, rows: Rows, now: float) -> tuple[Rows, Floats, Rows]:
        """Items liked right after each of `rows`, in the same form."""
        ends, logs, at = self._predecessors.back(rows)
        return ends, self._weights(logs, now), at

    def _weights(self, logs: Logs, now: float) -> Floats:
        weights: Floats = np.exp2(logs - np.float32(now / self._neighbour_s))
        return weights

    def _decayed(self, logs: NDArray[np.float64], rows: Rows, now: float, half_life_s: float) -> Floats:
        decayed: Floats = np.exp2(logs[rows] - now / half_life_s).astype(np.float32)
        return decayed

    def _make_room(self) -> None:
        length = self._rows.width
        if length < len(self._acts):
            return
        self._log_trend = grown(self._log_trend, length, -np.inf)
        self._log_popular = grown(self._log_popular, length, -np.inf)
        self._acts = grown(self._acts, length)
        self._impressions = grown(self._impressions, length)

    def _clear(self, row: int) -> None:
        if row < len(self._acts):
            self._log_trend[row] = self._log_popular[row] = -np.inf
            self._acts[row] = self._impressions[row] = 0
        for leaders in (self.trending, self.popular, self.all_time):
            leaders.drop(row)
        self._neighbours.forget(row)
        self._predecessors.forget(row)


def _static_log(value: float, as_of: float, half_life_s: float) -> float:
    return float(np.log2(value) + as_of / half_life_s) if value > 0 else -np.inf
