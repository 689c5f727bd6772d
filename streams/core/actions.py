"""What each action says about taste: its sign and weight, and whether it uses the item up.

An act is stored as one byte, its *grade*: the action's code in the high four bits, half stars (0 to 10; 15 = none) in
the low four. `WEIGHTS[grade]` is its weight, so a whole history is weighed by one numpy lookup.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.events import Action

ACTIONS: Final[tuple[Action, ...]] = (
    Action.IMPRESSION,
    Action.VIEW,
    Action.CLICK,
    Action.LIKE,
    Action.SAVE,
    Action.PURCHASE,
    Action.RATING,
    Action.SKIP,
    Action.DISLIKE,
    Action.HIDE,
)
"""The order gives each action its code on disk: append, never reorder."""

_CODE: Final = {action: code for code, action in enumerate(ACTIONS)}
_NO_STARS: Final = 15
_WEIGHT: Final = {
    Action.IMPRESSION: 0.0,  # exposure only: being shown says nothing about taste
    Action.VIEW: 0.3,
    Action.CLICK: 0.5,
    Action.LIKE: 1.0,
    Action.SAVE: 1.0,
    Action.PURCHASE: 1.5,
    Action.SKIP: -0.2,
    Action.DISLIKE: -1.0,
    Action.HIDE: -1.0,
}
POSITIVE_FROM: Final = 0.25
"""An act of at least this weight counts as liking: a view does, a rating from 3.5 stars does."""

_NEUTRAL_STARS: Final = 2.5
_RATING_WITHOUT_STARS: Final = 0.5


def grade_of(action: Action, value: float | None) -> int:
    """One byte for an act. Stars are kept to the half star."""
    stars = _NO_STARS
    if action is Action.RATING and value is not None:
        stars = min(10, max(0, round(value * 2)))
    return _CODE[action] << 4 | stars


def action_of(grade: int) -> Action:
    return ACTIONS[grade >> 4]


def stars_of(grade: int) -> float | None:
    """Stars of a rating (0 to 5 by halves), None for other acts and for a rating without stars."""
    stars = grade & 15
    return None if stars == _NO_STARS else stars / 2


@lru_cache(256)
def weight_of_grade(grade: int) -> float:
    """Weight in [-1, 1.5] of an act."""
    action = action_of(grade)
    if action is not Action.RATING:
        return _WEIGHT[action]
    stars = stars_of(grade)
    return _RATING_WITHOUT_STARS if stars is None else (stars - _NEUTRAL_STARS) / _NEUTRAL_STARS


def weight(action: Action, value: float | None = None) -> float:
    """Weight in [-1, 1.5]: above zero speaks for the item, below against it. 5 stars weigh 1, 2.5 stars 0."""
    return weight_of_grade(grade_of(action, value))


def is_positive(action: Action, value: float | None = None) -> bool:
    """Whether the act counts as liking (a hit when the item was in the last list)."""
    return weight(action, value) >= POSITIVE_FROM


def consumes(action: Action) -> bool:
    """Whether the act uses the item up: it is never shown to that user again.

    Only an impression and a skip leave the item available.
    """
    return action is not Action.IMPRESSION and action is not Action.SKIP


def refuses(action: Action) -> bool:
    """Whether the user asked not to see the item (dislike, hide): remembered longest."""
    return action is Action.DISLIKE or action is Action.HIDE


def _table() -> NDArray[np.float32]:
    table = np.zeros(256, dtype=np.float32)
    for grade in range(len(ACTIONS) << 4):
        table[grade] = weight_of_grade(grade)
    return table


CONSUMES: Final[NDArray[np.bool_]] = np.array(
    [grade >> 4 < len(ACTIONS) and consumes(ACTIONS[grade >> 4]) for grade in range(256)], dtype=np.bool_
)
"""bool[256]: by grade, whether the act uses the item up."""

WEIGHTS: Final[NDArray[np.float32]] = _table()
"""float32[256]: weight by grade."""
