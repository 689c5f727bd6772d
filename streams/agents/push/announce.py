"""Says which items are news: to whoever looks for the users they may please."""

from __future__ import annotations

import msgspec

from streams.agents.common import Emit
from streams.core.catalogue import Catalogue
from streams.core.push.news import Heat, HotRule, became_hot, is_new
from streams.core.vectors import wire_bytes
from streams.events import EncodedItem, ItemNews, NewsKind
from streams.ports.clock import Clock
from streams.topics import Topic


class Announcer:
    """Told of items by INDEX and STATISTICS, through their outbox: what they acknowledge has been announced.

    A repeat does no harm: an item is pushed to a user once (verdict.py).
    """

    def __init__(self, *, catalogue: Catalogue, rule: HotRule, news_s: float, emit: Emit, clock: Clock) -> None:
        self._catalogue = catalogue
        self._rule = rule
        self._news_s = news_s
        self._emit = emit
        self._clock = clock

    def indexed(self, item: EncodedItem) -> None:
        """An item of the version in use can be searched now."""
        card = item.card
        if is_new(card, self._clock.now(), self._news_s):
            self._announce(card.item_id, NewsKind.NEW, card.published_at or 0.0, item.encoder_version, item.vector)

    def counted(self, item_id: str, before: Heat, after: Heat, at: float) -> None:
        """Acts on an item were counted, the newest of them done at `at` (Unix s)."""
        if not became_hot(before, after, self._rule) or at < self._clock.now() - self._news_s:
            return
        version = self._catalogue.encoder_version
        vector = self._catalogue.vector(item_id, version)
        if vector is not None:
            self._announce(item_id, NewsKind.HOT, at, version, wire_bytes(vector))

    def _announce(self, item_id: str, kind: NewsKind, at: float, version: str, vector: bytes) -> None:
        news = ItemNews(item_id, kind, at, version, vector)
        self._emit(Topic.NEWS, item_id.encode(), msgspec.json.encode(news))
