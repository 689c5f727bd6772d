"""Weighted edges between rows, read from both ends: an item's own list, and the lists that name it.

Weights are static logs (decay.py), float32. Rows may come to belong to another item (rows.py); each edge remembers the
generation of the row it points to, so an edge to a former owner is never read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.compiled import compiled
from streams.core.growing import grown
from streams.core.rows import Rows

Logs = NDArray[np.float32]
Lists = tuple[Rows, Rows, Rows, Rows, Logs]
LISTS = "Tuple((i4[::1], i4[::1], i4[:, ::1], i4[:, ::1], f4[:, ::1]))"  # as EdgeLists.arrays
_SAME = np.float32(1e-4)  # static logs move only when something was counted; less is rounding
_NONE = -1
_LEAST = 1e-300  # in place of 0, which has no logarithm
_SHRINK = 5.0  # as in candidates/accumulate.py


class EdgeLists:
    """Short lists of edges by row, in arrays that grow by rows that have any. `width`: the longest a list may be."""

    def __init__(self, width: int) -> None:
        self._slot: Rows = np.full(1, _NONE, dtype=np.int32)
        self._length: Rows = np.zeros(1, dtype=np.int32)
        self._rows: Rows = np.zeros((1, width), dtype=np.int32)
        self._generations: Rows = np.zeros((1, width), dtype=np.int32)
        self._logs: Logs = np.zeros((1, width), dtype=np.float32)
        self._free: list[int] = []
        self._used = 0

    @property
    def arrays(self) -> Lists:
        """By row its slot or -1; by slot the list's length, far ends, their generations when written, static logs."""
        return self._slot, self._length, self._rows, self._generations, self._logs

    def fit(self, width: int) -> None:
        """Answer for every row below `width`."""
        self._slot = grown(self._slot, width, _NONE)

    def lacks(self, row: int) -> bool:
        """Whether the row has no list yet."""
        return bool(self._slot[row] == _NONE)

    def need(self, rows: Rows) -> None:
        """Make room for a list of each of the rows, which must be below what `fit` was told."""
        lacking = rows[self._slot[rows] == _NONE]
        if not len(lacking):
            return
        for row in lacking.tolist():
            slot = self._free.pop() if self._free else self._used
            self._used = max(self._used, slot + 1)
            self._slot[row] = slot
        self._length = grown(self._length, self._used)
        self._rows, self._generations = grown(self._rows, self._used), grown(self._generations, self._used)
        self._logs = grown(self._logs, self._used)

    def drop(self, row: int) -> None:
        if row < len(self._slot) and self._slot[row] != _NONE:
            slot = int(self._slot[row])
            self._slot[row] = _NONE
            self._length[slot] = 0
            self._free.append(slot)

    def widen(self, width: int) -> None:
        """Lists of this length must fit."""
        more = width - self._rows.shape[1]
        if more > 0:
            wider = ((0, 0), (0, more))
            self._rows, self._generations = np.pad(self._rows, wider), np.pad(self._generations, wider)
            self._logs = np.pad(self._logs, wider)


class Edges:
    """Directed edges. `most_back`: how many of the strongest lists that name a row are remembered for it."""

    def __init__(self, most_back: int) -> None:
        self._own = EdgeLists(most_back)
        self._back = EdgeLists(most_back)
        self._generation: Rows = np.zeros(1, dtype=np.int32)
        self._usual: Logs = np.zeros(1, dtype=np.float32)  # by row, what its edges' logs stand above by being popular

    def replace(
        self, row: int, ends: Rows, weights: NDArray[np.float64], log_shift: float = 0.0, acts: float = 0.0
    ) -> None:
        """The row's own list is now `ends` int32[n], all below what `fit` was told. The static log of each edge is that
        of `weights` float64[n] plus `log_shift`. `acts`: how often the row was counted: in the others' lists of those
        that name them, a little known row stands by what it is for so few acts.
        """
        self._own.widen(len(ends))
        if self._own.lacks(row):
            self._own.need(np.array([row], dtype=np.int32))
        self._back.need(ends)
        self._usual[row] = 0.5 * np.log2(acts + _SHRINK)
        _replace(self._own.arrays, self._back.arrays, self._generation, self._usual, row, ends, weights, log_shift)

    def forget(self, row: int) -> None:
        """The row is about to belong to another item."""
        self._own.drop(row)
        self._back.drop(row)
        if row < len(self._generation):
            self._generation[row] += 1

    def both(self, rows: Rows) -> tuple[Rows, Logs, Rows]:
        """The edges from and to each of `rows`: far ends int32[m], logs float32[m], and which of `rows` int32[m]."""
        self.fit(int(rows.max(initial=0)) + 1)
        return _read(self._own.arrays, self._back.arrays, self._generation, rows, True)

    def back(self, rows: Rows) -> tuple[Rows, Logs, Rows]:
        """The same for the edges to each of `rows` only."""
        self.fit(int(rows.max(initial=0)) + 1)
        return _read(self._own.arrays, self._back.arrays, self._generation, rows, False)

    def own(self, width: int) -> tuple[Lists, Rows]:
        """The rows' own lists as arrays, answering for rows below `width`, and the generations in force."""
        self.fit(width)
        return self._own.arrays, self._generation

    def ends(self, width: int) -> tuple[Lists, Lists, Rows]:
        """The same with the lists that name each row in second place."""
        self.fit(width)
        return self._own.arrays, self._back.arrays, self._generation

    def fit(self, width: int) -> None:
        """Make room for every row below `width`."""
        self._own.fit(width)
        self._back.fit(width)
        self._generation = grown(self._generation, width)
        self._usual = grown(self._usual, width)


@compiled(f"Tuple((i4[::1], f4[::1], i4[::1]))({LISTS}, {LISTS}, i4[::1], i4[::1], b1)")
def _read(own: Lists, back: Lists, generation: Rows, rows: Rows, both: bool) -> tuple[Rows, Logs, Rows]:
    most = len(rows) * (own[2].shape[1] + back[2].shape[1])
    ends, logs, at = np.empty(most, np.int32), np.empty(most, np.float32), np.empty(most, np.int32)
    count = 0
    for place in range(len(rows)):
        for direction in range(0 if both else 1, 2):
            slots, lengths, far, generations, weights = own if direction == 0 else back
            slot = slots[rows[place]]
            for edge in range(0 if slot == _NONE else lengths[slot]):
                end = far[slot, edge]
                if generation[end] == generations[slot, edge]:
                    ends[count], logs[count], at[count] = end, weights[slot, edge], place
                    count += 1
    return ends[:count], logs[:count], at[:count]


@compiled(f"void({LISTS}, i8, i8)")
def _remove(lists: Lists, row: int, end: int) -> None:
    slots, lengths, far, generations, weights = lists
    slot = slots[row]
    if slot == _NONE:
        return
    kept = 0
    for edge in range(lengths[slot]):
        if far[slot, edge] != end:
            far[slot, kept], weights[slot, kept] = far[slot, edge], weights[slot, edge]
            generations[slot, kept] = generations[slot, edge]
            kept += 1
    lengths[slot] = kept


@compiled(f"void({LISTS}, f4[::1], i8, i8, i4, f4)")
def _set(lists: Lists, usual: Logs, row: int, end: int, generation: int, log: float) -> None:  # noqa: PLR0917 - as above
    """The edge from `row` to `end`; in a full list it takes the place of the weakest, if it is stronger, both beside
    what is usual for their ends.
    """
    slots, lengths, far, generations, weights = lists
    slot = slots[row]
    at = weakest = 0
    while at < lengths[slot] and far[slot, at] != end:
        if weights[slot, at] - usual[far[slot, at]] < weights[slot, weakest] - usual[far[slot, weakest]]:
            weakest = at
        at += 1
    if at == len(far[slot]):
        if log - usual[end] <= weights[slot, weakest] - usual[far[slot, weakest]]:
            return
        at = weakest
    far[slot, at], generations[slot, at], weights[slot, at] = end, generation, log
    lengths[slot] = max(lengths[slot], at + 1)


@compiled("i8(i4[::1], i8, i4, i8)")
def _place(ends: Rows, length: int, end: int, about: int) -> int:
    """Where `end` stands among the first `length` of `ends`, _NONE if nowhere; looked for around `about` first: a
    list that is written again has mostly kept its order.
    """
    for at in range(max(0, about - 1), min(length, about + 2)):
        if ends[at] == end:
            return at
    for at in range(length):
        if ends[at] == end:
            return at
    return _NONE


@compiled(f"void({LISTS}, {LISTS}, i4[::1], f4[::1], i8, i4[::1], f8[::1], f8)")
def _replace(  # noqa: PLR0917 - compiled functions take no keywords
    own: Lists,
    back: Lists,
    generation: Rows,
    usual: Logs,
    row: int,
    ends: Rows,
    given: NDArray[np.float64],
    shift: float,
) -> None:
    slots, lengths, far, generations, weights = own
    slot = slots[row]
    logs = np.empty(len(ends), np.float32)
    for edge in range(len(ends)):
        logs[edge] = np.log2(max(given[edge], _LEAST)) + shift
    for edge in range(lengths[slot]):
        if _place(ends, len(ends), far[slot, edge], edge) == _NONE:
            _remove(back, far[slot, edge], row)
    for edge in range(len(ends)):
        end, log = ends[edge], logs[edge]
        old = _place(far[slot], lengths[slot], end, edge)
        before = np.float32(-np.inf) if old == _NONE else weights[slot, old]
        if not abs(log - before) <= _SAME:
            _set(back, usual, end, row, generation[row], log)
    lengths[slot] = len(ends)
    for edge in range(len(ends)):
        far[slot, edge], weights[slot, edge] = ends[edge], logs[edge]
        generations[slot, edge] = generation[ends[edge]]
