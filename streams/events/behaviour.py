"""What users do, and how their items see it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from streams.events.identifiers import DEFAULT_SURFACE, Attribute, Identifier


class Action(StrEnum):
    """What a user did. The sign and weight of each are in core/actions.py."""

    IMPRESSION = "impression"
    VIEW = "view"
    CLICK = "click"
    LIKE = "like"
    SAVE = "save"
    PURCHASE = "purchase"
    RATING = "rating"
    SKIP = "skip"
    DISLIKE = "dislike"
    HIDE = "hide"


class BehaviourEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One act of one user on one item (topic behaviour, key user_id). `value` is the stars of a rating (0 to 5).
    `context` may name the `surface` that it was done on; anything else in it is yours.
    """

    event_id: Identifier
    user_id: Identifier
    item_id: Identifier
    action: Action
    occurred_at: float
    value: float | None = None
    session_id: str | None = None
    context: dict[str, Attribute] = {}


class Signal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One user's act as the item sees it (topic signals, key item_id); names no user.

    `companions` are the items the user engaged with just before, nearest first; `past` is how many items the user had
    liked before, counted no further than `core/stages.py` tells apart; `surface` is where it was done.
    `source_*` locate the behaviour event it comes from: consumers drop what they have already counted.
    """

    item_id: Identifier
    action: Action
    weight: float
    occurred_at: float
    source_epoch: int
    source_partition: int
    source_offset: int
    companions: tuple[str, ...] = ()
    past: int = 0
    surface: str = DEFAULT_SURFACE
