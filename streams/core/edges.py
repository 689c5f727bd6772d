"""Weighted edges between rows, read from both ends: an item's own list, and the lists that name it.

Weights are static logs (decay.py), float32. Rows may come to belong to another item (rows.py); each edge remembers the
generation of the row it points to, so an edge to a former owner is never read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import grown
from streams.core.rows import Rows

Logs = NDArray[np.float32]


@dataclass(slots=True)
class _Ends:
    """The far ends of one row's edges."""

    rows: Rows
    generations: Rows
    logs: Logs

    @classmethod
    def none(cls) -> _Ends:
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))


class Edges:
    """Directed edges. `most_back`: how many of the strongest lists that name a row are remembered for it."""

    def __init__(self, most_back: int = 64) -> None:
        self._own: dict[int, _Ends] = {}
        self._back: dict[int, _Ends] = {}
        self._generation: Rows = np.zeros(0, dtype=np.int32)
        self._most_back = most_back

    def replace(self, row: int, ends: Rows, logs: Logs) -> None:
        """The row's own list is now `ends` int32[n] with `logs` float32[n]."""
        self._generation = grown(self._generation, max(row, int(ends.max(initial=0))) + 1)
        before = self._own.get(row)
        old = dict(zip(before.rows.tolist(), before.logs.tolist(), strict=True)) if before is not None else {}
        self._own[row] = _Ends(ends, self._generation[ends], logs)
        new = dict(zip(ends.tolist(), logs.tolist(), strict=True))
        for end in old.keys() - new.keys():
            self._remove_back(end, row)
        for end, log in new.items():
            if abs(log - old.get(end, -np.inf)) > 1e-4:  # static logs move only when something was counted
                self._set_back(end, row, log)

    def forget(self, row: int) -> None:
        """The row is about to belong to another item."""
        self._own.pop(row, None)
        self._back.pop(row, None)
        if row < len(self._generation):
            self._generation[row] += 1

    def own(self, row: int) -> tuple[Rows, Logs]:
        """Ends of the row's own list and their static logs."""
        return self._valid(self._own.get(row))

    def back(self, row: int) -> tuple[Rows, Logs]:
        """Rows whose lists name this row, strongest kept, and their static logs."""
        return self._valid(self._back.get(row))

    def _valid(self, ends: _Ends | None) -> tuple[Rows, Logs]:
        if ends is None:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        current = self._generation[ends.rows] == ends.generations
        if current.all():
            return ends.rows, ends.logs
        return ends.rows[current], ends.logs[current]

    def _set_back(self, end: int, row: int, log: float) -> None:
        back = self._back.get(end)
        if back is None:
            back = self._back[end] = _Ends.none()
        found = np.flatnonzero(back.rows == row)
        if found.size:
            at = int(found[0])
        elif len(back.rows) < self._most_back:
            at = len(back.rows)
            back.rows = np.append(back.rows, np.int32(row))
            back.generations = np.append(back.generations, np.int32(0))
            back.logs = np.append(back.logs, np.float32(0))
        else:
            at = int(back.logs.argmin())
            if log <= back.logs[at]:
                return
        back.rows[at] = row
        back.generations[at] = self._generation[row]
        back.logs[at] = log

    def _remove_back(self, end: int, row: int) -> None:
        back = self._back.get(end)
        if back is None:
            return
        kept = back.rows != row
        if not kept.all():
            back.rows, back.generations, back.logs = back.rows[kept], back.generations[kept], back.logs[kept]
