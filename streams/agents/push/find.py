"""FIND: an item's news in, the users whose interests it fits out.

The users' collection away costs only delay: the news is tried until it is answered, and only then acknowledged. A
repeat finds the same users again, to whom the item is pushed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from streams.agents.common import Emit, Record, Refuse
from streams.agents.waiting import Patience
from streams.core.intake import Intake, Rejection
from streams.core.push.bucket import Bucket, Rate, taken
from streams.core.push.verdict import Held
from streams.core.vectors import stacked, vector_of
from streams.events import ItemNews, Push
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.clock import Clock
from streams.ports.user_index import UserHit, UserIndex
from streams.ports.vector_index import VectorIndexUnavailable
from streams.topics import Topic

_STAGE = "find"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far news goes: least cosine to an interest, most users an item, items looked into, seconds it is news."""

    cosine: float
    users: int
    items: Rate
    news_s: float


class FindAgent:
    """`users` opens the interests under an encoder version, None while it can't; `in_use` is the version in use."""

    def __init__(
        self,
        *,
        users: Callable[[str], UserIndex | None],
        in_use: Callable[[], str],
        patience: Patience,
        reach: Reach,
        emit: Emit,
        refuse: Refuse,
        clock: Clock,
        max_event_bytes: int,
    ) -> None:
        self._users = users
        self._in_use = in_use
        self.patience = patience
        self._reach = reach
        self._emit = emit
        self._refuse = refuse
        self._clock = clock
        self._intake = Intake(ItemNews, "item_id", max_event_bytes)
        self._bucket: Bucket | None = None

    async def handle(self, records: Sequence[Record]) -> None:
        series(metrics.BATCH_SIZE, _STAGE).observe(len(records))
        version = self._in_use()
        told: dict[str, ItemNews] = {}  # of several news of one item in a batch the last
        for record in records:
            news = self._intake.read(record.key, record.value)
            if isinstance(news, Rejection):
                self._refuse(record, _STAGE, news)
                continue
            held = self._held(news, version)
            if held is not None:
                series(metrics.PUSHES_HELD, held).inc()
                continue
            told[news.item_id] = news
        if told:
            await self._find(list(told.values()), version)

    def _held(self, news: ItemNews, version: str) -> Held | None:
        now = self._clock.now()
        if now - news.at > self._reach.news_s:
            return Held.LATE
        if news.encoder_version != version:
            return Held.OTHER_VERSION
        self._bucket, fits = taken(self._bucket, self._reach.items, now)
        return None if fits else Held.FLOOD

    async def _find(self, told: Sequence[ItemNews], version: str) -> None:
        vectors = stacked([vector_of(news) for news in told])

        async def nearest() -> list[list[UserHit]]:
            users = self._users(version)
            if users is None:
                if version != self._in_use():
                    return []  # the stream has gone on to another version
                raise VectorIndexUnavailable(f"the users' collection of {version} is not open yet")
            return await users.nearest(vectors, self._reach.users, self._reach.cosine)

        found = await self.patience.until_done(nearest)
        for news, hits in zip(told, found, strict=False):
            series(metrics.PUSH_NEWS, news.kind).inc()
            metrics.PUSH_USERS.inc(len(hits))
            for hit in hits:
                push = Push(hit.user_id, news.item_id, news.kind, news.at, round(hit.score, 4))
                self._emit(Topic.PUSHES, hit.user_id.encode(), msgspec.json.encode(push))
