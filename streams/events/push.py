"""Items that are news, and the users they are pushed to."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from streams.events.identifiers import Identifier


class NewsKind(StrEnum):
    """Why an item is worth telling people of who did not ask."""

    NEW = "new"  # just published
    HOT = "hot"  # many more people take to it than usual


class ItemNews(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item that has just come, or just become hot (topic news, key item_id). Internal: looks for whom it may please.

    `vector` as in EncodedItem, of `encoder_version`; `at` is when it was published or became hot (Unix s).
    """

    item_id: Identifier
    kind: NewsKind
    at: float
    encoder_version: str
    vector: bytes


class Push(msgspec.Struct, frozen=True, omit_defaults=True):
    """A user whom an item's news may please (topic pushes, key user_id). Internal: asks for a pushed list.

    `cosine` is the item's to the nearest of the user's interests; `at` as in ItemNews.
    """

    user_id: Identifier
    item_id: Identifier
    kind: NewsKind
    at: float
    cosine: float
