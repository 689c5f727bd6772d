"""The in-process view of all items' statistics as arrays: popularity, trend, neighbours, successors.

Folded from the `item-statistics` topic (`apply`, `delete`). Popularity is held as static logs (decay.py), so nothing is
recomputed as time passes: which item leads does not depend on `now`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.decay import half_life_key
from streams.core.edges import Edges, Lists, Logs
from streams.core.growing import grown
from streams.core.hours import PARTS
from streams.core.leaders import Leaders
from streams.core.rows import UNKNOWN, ItemRows, Rows
from streams.core.shares import SHARED, Shared, Shares
from streams.core.stages import STAGES
from streams.core.statistics import POSITIVE
from streams.core.surfaces import SURFACES, SurfaceNumbers
from streams.core.tuning import Tuning
from streams.events import Action, ItemStatistics

Floats = NDArray[np.float32]
Logs64 = NDArray[np.float64]

Counts = tuple[Logs64, Logs64, Logs64, int, int, Logs64, Shared, Shared, Shared, Floats]
COUNTS = f"Tuple((f8[:, ::1], f8[::1], f8[::1], i8, i8, f8[:, ::1], {SHARED}, {SHARED}, {SHARED}, f4[::1]))"

LOWEST = -16.0
"""Popularity below the highest by more halvings than this is all the same."""

SHARE_PRIOR = 5.0
"""As many imagined likes spread over the stages, the parts of the week, or the surfaces as all likes are."""


class StatisticsView:
    """Shares the rows of a catalogue."""

    def __init__(self, rows: ItemRows, tuning: Tuning) -> None:
        self._rows = rows
        self._trend_s, self._popular_s = tuning.trend_half_life_s, tuning.popularity_half_life_s
        self._neighbour_s = tuning.neighbour_half_life_s
        self._half_lives = np.array(tuning.popularity_half_lives_s)
        self._keys = [half_life_key(half_life_s) for half_life_s in tuning.popularity_half_lives_s]
        self._trend_at = tuning.popularity_half_lives_s.index(self._trend_s)
        self._popular_at = tuning.popularity_half_lives_s.index(self._popular_s)
        self._lasting_at = tuning.popularity_half_lives_s.index(tuning.lasting_half_life_s)
        self._logs: Logs64 = np.zeros((0, len(self._keys)))
        self._highest: Logs64 = np.full(len(self._keys), -1e9)  # below any log; an infinity less itself would be nan
        self._times: Logs64 = np.zeros((0, 2))
        self._stages, self._hours, self._surfaces = Shares(STAGES), Shares(PARTS), Shares(SURFACES)
        self.surfaces = SurfaceNumbers()
        self._acts: Floats = np.zeros(0, dtype=np.float32)
        self._impressions: Floats = np.zeros(0, dtype=np.float32)
        self._neighbours = Edges(most_back=2 * tuning.neighbours_published)
        self._predecessors = Edges(most_back=tuning.neighbours_published)
        most = 24 * tuning.leader_candidates  # with room for what users have had already
        self.trending = Leaders(most)
        self.popular = Leaders(most)
        self.lasting = Leaders(most)
        self.all_time = Leaders(most)
        self.seen = 0  # messages applied
        rows.on_forget(self._clear)

    def apply(self, statistics: ItemStatistics) -> None:
        """Take in the newest statistics of one item."""
        self.seen += 1
        row = self._rows.touch(statistics.item_id)  # kept while it is being counted
        self._make_room()
        sums = np.array([statistics.popularity.get(key, 0.0) for key in self._keys])
        with np.errstate(divide="ignore"):  # nothing counted is a log of -inf
            logs = self._logs[row] = np.log2(sums) + statistics.as_of / self._half_lives
        self._highest = np.maximum(self._highest, logs)
        self._times[row] = statistics.first_at, statistics.as_of
        self._stages.put(row, statistics.stages)
        self._hours.put(row, statistics.hours)
        self._surfaces.put(row, self.surfaces.counts(statistics.surfaces))
        self._acts[row] = statistics.counts.get(POSITIVE, 0)
        self._impressions[row] = statistics.counts.get(Action.IMPRESSION.value, 0)
        if self._acts[row] > 0:
            self.trending.note(row, float(logs[self._trend_at]))
            self.popular.note(row, float(logs[self._popular_at]))
            self.lasting.note(row, float(logs[self._lasting_at]))
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
            edges.replace(row, ends, values, statistics.as_of / self._neighbour_s, float(self._acts[row]))

    def delete(self, item_id: str) -> None:
        """A tombstone: forget all that was counted."""
        row = self._rows.find(item_id)
        if row != UNKNOWN:
            self._clear(row)

    def popularity(self, rows: Rows, now: float) -> Floats:
        """float32[n]: decayed weight under the long half-life, as of `now`."""
        self._make_room()
        return self._decayed(self._popular_at, rows, now)

    def trend(self, rows: Rows, now: float) -> Floats:
        """float32[n]: decayed weight under the short half-life, as of `now`."""
        self._make_room()
        return self._decayed(self._trend_at, rows, now)

    def counts(self) -> Counts:
        """By row, for compiled functions: the static logs of its decayed weights under each half-life float64[rows, h],
        shortest first; the highest of each there was, and the half-lives float64[h]; which of them are the trend's and
        popularity's; when it was first liked and last acted on float64[rows, 2], Unix s, 0 where it never was; its
        likes by stage, by part of the week and by surface, each with those of all items (shares.py); and its likes
        float32[rows].
        """
        self._make_room()
        logs = (self._logs, self._highest, self._half_lives, self._trend_at, self._popular_at)
        shares = (self._stages.arrays(), self._hours.arrays(), self._surfaces.arrays())
        return (*logs, self._times, *shares, self._acts)

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

    def companions(self) -> tuple[Lists, Rows, float]:
        """Each item's own edges to the items it was liked after, for compiled functions (edges.py); the rows'
        generations, and the half-life the weights decay with.
        """
        self._make_room()
        lists, generation = self._neighbours.own(self._rows.width)
        return lists, generation, self._neighbour_s

    def _weights(self, logs: Logs, now: float) -> Floats:
        weights: Floats = np.exp2(logs - np.float32(now / self._neighbour_s))
        return weights

    def _decayed(self, half_life: int, rows: Rows, now: float) -> Floats:
        decayed: Floats = np.exp2(self._logs[rows, half_life] - now / self._half_lives[half_life]).astype(np.float32)
        return decayed

    def _make_room(self) -> None:
        length = self._rows.width
        if length < len(self._acts):
            return
        self._logs = grown(self._logs, length, -np.inf)
        self._times = grown(self._times, length)
        for shares in (self._stages, self._hours, self._surfaces):
            shares.make_room(length)
        self._acts = grown(self._acts, length)
        self._impressions = grown(self._impressions, length)

    def _clear(self, row: int) -> None:
        if row < len(self._acts):
            self._logs[row] = -np.inf
            self._times[row] = 0
            for shares in (self._stages, self._hours, self._surfaces):
                shares.clear(row)
            self._acts[row] = self._impressions[row] = 0
        for leaders in (self.trending, self.popular, self.lasting, self.all_time):
            leaders.drop(row)
        self._neighbours.forget(row)
        self._predecessors.forget(row)
