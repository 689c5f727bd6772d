"""Which users' interests are to be written to their collection: the newest of each, and only those that moved."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

MOVED_BELOW: Final = 0.98
"""An interest that is as near as this to one that is stored stays unwritten."""


def moved(stored: Vectors | None, interests: Vectors) -> bool:
    """Whether `interests` float32[n, d] differ from what is stored, float32[m, d]: another number of them, or one that
    is near none of the others.
    """
    before = 0 if stored is None else len(stored)
    if stored is None or before != len(interests):
        return before != len(interests)
    if not before:
        return False
    cosines = stored @ interests.T
    return bool(min(cosines.max(axis=0).min(), cosines.max(axis=1).min()) < MOVED_BELOW)


class RefreshQueue:
    """Users waiting to be written, of one encoder version; first come, first served, each with their newest interests.

    Bounded: beyond `most_waiting` the one who has waited longest is let go; the next look at all profiles finds them.
    """

    def __init__(self, most_waiting: int = 50_000, most_remembered: int = 10_000) -> None:
        self.version = ""
        self._most_waiting = most_waiting
        self._most_remembered = most_remembered
        self._waiting: OrderedDict[str, Vectors] = OrderedDict()
        self._written: OrderedDict[str, Vectors] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, user_id: str, interests: Vectors, version: str) -> bool:
        """Whether the user waits now. Interests of another version than before end everything that was of that."""
        if version != self.version:
            self._waiting.clear()
            self._written.clear()
            self.version = version
        written = self._written.get(user_id)
        if written is not None and user_id not in self._waiting and not moved(written, interests):
            return False
        self._waiting[user_id] = interests
        if len(self._waiting) > self._most_waiting:
            self._waiting.popitem(last=False)
        return True

    def take(self, most: int) -> dict[str, Vectors]:
        """The next users in turn; they are yours to write, or to `put_back`."""
        taken: dict[str, Vectors] = {}
        while self._waiting and len(taken) < most:
            user_id, interests = self._waiting.popitem(last=False)
            taken[user_id] = interests
        return taken

    def put_back(self, users: Mapping[str, Vectors], version: str) -> None:
        """They could not be written: first in turn again, unless newer interests wait or the version has changed."""
        if version == self.version:
            for user_id, interests in reversed(list(users.items())):
                if user_id not in self._waiting:
                    self._waiting[user_id] = interests
                    self._waiting.move_to_end(user_id, last=False)

    def wrote(self, users: Mapping[str, Vectors], version: str) -> None:
        """What is stored now."""
        if version != self.version:
            return
        for user_id, interests in users.items():
            self._written[user_id] = interests
            self._written.move_to_end(user_id)
            if len(self._written) > self._most_remembered:
                self._written.popitem(last=False)

    def unknown(self, users: Mapping[str, Vectors]) -> list[str]:
        """Those of whom it is not remembered what is stored."""
        return [user_id for user_id in users if user_id not in self._written]

    def stored(self, user_id: str) -> Vectors | None:
        return self._written.get(user_id)

    def forget(self, user_id: str) -> None:
        self._waiting.pop(user_id, None)
        self._written.pop(user_id, None)
