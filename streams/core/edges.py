"""Weighted edges between rows, read from both ends: an item's own list, and the lists that name it.

Weights are static logs (decay.py), float32. Rows may come to belong to another item (rows.py); each edge remembers the
generation of the row it points to, so an edge to a former owner is never read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import Scalar, grown
from streams.core.rows import Rows

Logs = NDArray[np.float32]
_SAME = 1e-4  # static logs move only when something was counted; less is rounding


class Ends(NamedTuple):
    """The far ends of edges: rows, their generations when written, static logs; each [n]."""

    rows: Rows
    generations: Rows
    logs: Logs


NO_ENDS = Ends(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))


class Edges:
    """Directed edges. `most_back`: how many of the strongest lists that name a row are remembered for it."""

    def __init__(self, most_back: int) -> None:
        self._own: dict[int, Ends] = {}
        self._back: dict[int, Ends] = {}
        self._both: dict[int, Ends] = {}  # joined on first reading, dropped on change
        self._generation: Rows = np.zeros(0, dtype=np.int32)
        self._most_back = most_back

    def replace(self, row: int, ends: Rows, logs: Logs) -> None:
        """The row's own list is now `ends` int32[n] with `logs` float32[n]."""
        self._generation = grown(self._generation, max(row, int(ends.max(initial=0))) + 1)
        before = self._own.get(row, NO_ENDS)
        old = dict(zip(before.rows.tolist(), before.logs.tolist(), strict=True))
        self._own[row] = Ends(ends, self._generation[ends], logs)
        self._both.pop(row, None)
        new = dict(zip(ends.tolist(), logs.tolist(), strict=True))
        for end in old.keys() - new.keys():
            self._remove_back(end, row)
        for end, log in new.items():
            if abs(log - old.get(end, -np.inf)) > _SAME:
                self._set_back(end, row, log)

    def forget(self, row: int) -> None:
        """The row is about to belong to another item."""
        self._own.pop(row, None)
        self._back.pop(row, None)
        self._both.pop(row, None)
        if row < len(self._generation):
            self._generation[row] += 1

    def both(self, rows: Rows) -> tuple[Rows, Logs, Rows]:
        """The edges from and to each of `rows`: far ends int32[m], logs float32[m], and which of `rows` int32[m]."""
        return self._joined([self._both.get(row) or self._join(row) for row in rows.tolist()])

    def back(self, rows: Rows) -> tuple[Rows, Logs, Rows]:
        """The same for the edges to each of `rows` only."""
        return self._joined([self._back.get(row, NO_ENDS) for row in rows.tolist()])

    def _join(self, row: int) -> Ends:
        own, back = self._own.get(row, NO_ENDS), self._back.get(row, NO_ENDS)
        joined = self._both[row] = Ends(*(np.concatenate(pair) for pair in zip(own, back, strict=True)))
        return joined

    def _joined(self, lists: list[Ends]) -> tuple[Rows, Logs, Rows]:
        if not lists:
            return NO_ENDS.rows, NO_ENDS.logs, NO_ENDS.rows
        ends = np.concatenate([one.rows for one in lists])
        logs = np.concatenate([one.logs for one in lists])
        generations = np.concatenate([one.generations for one in lists])
        at = np.repeat(np.arange(len(lists), dtype=np.int32), [len(one.rows) for one in lists])
        current = self._generation[ends] == generations
        return (ends, logs, at) if current.all() else (ends[current], logs[current], at[current])

    def _set_back(self, end: int, row: int, log: float) -> None:
        back = self._back.get(end, NO_ENDS)
        self._both.pop(end, None)
        generation = self._generation[row]
        found = (back.rows == row).nonzero()[0]
        if found.size:
            at = found[0]
        elif len(back.rows) < self._most_back:
            at = len(back.rows)
            back = self._back[end] = Ends(_one_longer(back.rows), _one_longer(back.generations), _one_longer(back.logs))
        else:
            at = back.logs.argmin()
            if log <= back.logs[at]:
                return
        back.rows[at], back.generations[at], back.logs[at] = row, generation, log

    def _remove_back(self, end: int, row: int) -> None:
        back = self._back.get(end, NO_ENDS)
        kept = back.rows != row
        if not kept.all():
            self._both.pop(end, None)
            self._back[end] = Ends(*(column[kept] for column in back))


def _one_longer(column: NDArray[Scalar]) -> NDArray[Scalar]:
    longer = np.empty(len(column) + 1, dtype=column.dtype)
    longer[:-1] = column
    return longer
