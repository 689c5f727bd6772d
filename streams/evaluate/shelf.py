"""What may be recommended to whom: one shelf for every method of a run, so that all choose among the same items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from streams.core.hashing import digest

Mask = NDArray[np.bool_]


class Shelf:
    """Items as rows, 0 to n - 1, in an order drawn by the seed: a tie broken by row tells nothing of the data, whose
    own order may (films sorted by their first rating would).

    `events` int64[n]: how many acts each item has had so far. `unseen`: whether items that a user had are off theirs.
    """

    def __init__(self, item_ids: Iterable[str], seed: int, *, unseen: bool) -> None:
        self.ids = sorted(set(item_ids), key=lambda item_id: digest(seed, item_id))
        self.row_of = {item_id: row for row, item_id in enumerate(self.ids)}
        self.events: NDArray[np.int64] = np.zeros(len(self.ids), dtype=np.int64)
        self._unseen = unseen
        self._open: Mask = np.zeros(len(self.ids), dtype=np.bool_)
        self._had: defaultdict[int, dict[int, None]] = defaultdict(dict)
        self._mask: Mask = self._open
        self._mask_of = -1

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def open(self) -> Mask:
        """bool[n]: items that can be recommended to somebody."""
        return self._open

    def put(self, row: int) -> None:
        """The item can be recommended from now on."""
        self._open[row] = True
        self._mask_of = -1

    def take(self, user: int, row: int) -> None:
        """The user acted on the item."""
        self.events[row] += 1
        self._had[user][row] = None
        self._mask_of = -1

    def had(self, user: int, row: int) -> bool:
        return user in self._had and row in self._had[user]

    def candidates(self, user: int) -> Mask:
        """bool[n]: what may be in the user's list. To be read only, until the next change."""
        if self._mask_of != user:
            self._mask = self._open.copy()
            if self._unseen and user in self._had:
                self._mask[list(self._had[user])] = False
            self._mask_of = user
        return self._mask
