"""Item ids interned to small integers: the row an item has in every array of the core.

Rows are valid until the next `row()` call that has to make room; don't keep them across an await: keep ids.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
UNKNOWN = -1


class ItemRows:
    """Bounded two-way map id <-> row. At the bound the item touched longest ago makes room, and whoever subscribed
    with `on_forget` clears its arrays at that row.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError("room for at least one item is needed")
        self._most = most
        self._row: OrderedDict[str, int] = OrderedDict()
        self._ids: list[str] = []
        self._forget: list[Callable[[int], None]] = []
        self.given_out = 0  # rises whenever an item gets a row: an UNKNOWN that `find` said may be wrong since
        self.taken_back = 0  # rises whenever an item loses its row: a row that `find` said may be another's since

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._row

    @property
    def width(self) -> int:
        """One more than the largest row given out: how long the arrays must be."""
        return len(self._ids)

    def on_forget(self, forget: Callable[[int], None]) -> None:
        self._forget.append(forget)

    def row(self, item_id: str) -> int:
        """The item's row, given out on first sight."""
        row = self._row.get(item_id)
        if row is not None:
            return row
        self.given_out += 1
        if len(self._row) < self._most:
            row = len(self._ids)
            self._ids.append(item_id)
        else:
            _, row = self._row.popitem(last=False)
            self.taken_back += 1
            for forget in self._forget:
                forget(row)
            self._ids[row] = item_id
        self._row[item_id] = row
        return row

    def touch(self, item_id: str) -> int:
        """Like `row`, and the item becomes the last one to make room."""
        row = self.row(item_id)
        self._row.move_to_end(item_id)
        return row

    def find(self, item_id: str) -> int:
        """The item's row, or UNKNOWN."""
        return self._row.get(item_id, UNKNOWN)

    def find_all(self, item_ids: Iterable[str]) -> Rows:
        """int32[n]; UNKNOWN where an id has no row."""
        return np.array(self.find_each(item_ids), dtype=np.int32)

    def find_each(self, item_ids: Iterable[str]) -> list[int]:
        """The same as a list."""
        return list(map(self._row.get, item_ids, repeat(UNKNOWN)))

    def rows(self, item_ids: Collection[str]) -> Rows:
        """int32[n]: the items' rows, given out on first sight."""
        found = list(map(self._row.get, item_ids))
        return np.array([self.row(one) for one in item_ids] if None in found else found, dtype=np.int32)

    def id_of(self, row: int) -> str:
        return self._ids[row]

    def ids_of(self, rows: Iterable[int]) -> list[str]:
        return list(map(self._ids.__getitem__, rows))
