"""How much one user's acts may teach: less with each, so that nobody alone can turn the weights."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

HALVED_AFTER: Final = 150.0
"""A user's lesson counts half after so many of theirs."""

RECOVERS_IN: Final = 10_000
"""Lessons of all users in which half of what a user has taught is forgotten."""

USERS: Final = 20_000
"""Users remembered; whoever taught longest ago is forgotten first."""


class Influence:
    """Counts lessons by user. What one user teaches in a row has importances that sum to at most MOST_IN_A_ROW."""

    def __init__(self, users: int = USERS) -> None:
        self._users = users
        self._taught: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lessons = 0

    def of(self, user_id: str) -> float:
        """The importance in (0, 1] of the user's next lesson, which is counted."""
        taught, when = self._taught.get(user_id, (0.0, self._lessons))
        taught *= 0.5 ** ((self._lessons - when) / RECOVERS_IN)  # `when` is after the user's own last one
        self._lessons += 1
        self._taught[user_id] = taught + 1, self._lessons
        self._taught.move_to_end(user_id)
        if len(self._taught) > self._users:
            self._taught.popitem(last=False)
        return float(0.5 ** (taught / HALVED_AFTER))

    def forget(self, user_id: str) -> None:
        """Drop what is remembered of a user (erasure)."""
        self._taught.pop(user_id, None)


MOST_IN_A_ROW: Final = 1 / (1 - 0.5 ** (1 / HALVED_AFTER))
"""The sum of the falling series, about 217."""
