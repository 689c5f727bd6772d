"""Catalogue coverage: how much of the catalogue the recent lists show (Ge et al. 2010, "Beyond Accuracy")."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence


class Coverage:
    """Distinct items in the last `lists` lists. Memory is bounded by lists times places."""

    def __init__(self, lists: int = 1000) -> None:
        self._recent: deque[tuple[str, ...]] = deque()
        self._shown: Counter[str] = Counter()
        self._limit = lists

    def add(self, item_ids: Sequence[str]) -> None:
        """Counts a pushed list; the oldest one makes room."""
        places = tuple(item_ids)
        self._recent.append(places)
        self._shown.update(places)
        if len(self._recent) > self._limit:
            for item_id in self._recent.popleft():
                self._shown[item_id] -= 1
                if not self._shown[item_id]:
                    del self._shown[item_id]

    def ratio(self, catalogue_items: int) -> float:
        """0 to 1; 0 while the catalogue is empty. Deleted items may still be counted for a while, hence the cap."""
        return min(1.0, len(self._shown) / catalogue_items) if catalogue_items else 0.0
