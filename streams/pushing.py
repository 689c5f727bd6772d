"""Puts the parts of pushing together, for app.py: what follows an item's news and ends in a list for somebody away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from streams.adapters.index_choice import make_vector_index
from streams.adapters.indexed_users import IndexedUsers
from streams.agents.collections import Collections
from streams.agents.common import Emit, Refuse
from streams.agents.lists import ListMaker
from streams.agents.live import LiveQuality
from streams.agents.push.announce import Announcer
from streams.agents.push.find import FindAgent, Reach
from streams.agents.push.interests import UserInterests, Users
from streams.agents.push.push import PushAgent
from streams.agents.waiting import Patience, slow_after
from streams.core.push.bucket import Rate
from streams.core.push.news import HotRule
from streams.core.push.quiet_hours import quiet_hours
from streams.core.push.verdict import PushLimits
from streams.engine.app import EngineApp
from streams.engine.outbox import Outbox
from streams.engine.tables import BytesTable, bytes_table
from streams.observe.measured_index import MeasuredIndex
from streams.ports.clock import Clock
from streams.ports.vector_index import VectorIndexUnavailable
from streams.settings import Settings
from streams.upgrade.roles import Roles

PUSHED = "pushed"
_BURST_S = 10.0  # so many seconds' worth may go at once


class Pushing:
    """Made only where `push` is on: nothing of it runs, and no table or collection of it exists, where it is off."""

    def __init__(  # noqa: PLR0917 - every part it stands on
        self,
        settings: Settings,
        app: EngineApp,
        lists: ListMaker,
        live: LiveQuality,
        roles: Roles,
        profiles: BytesTable,
        ready: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.lists = lists
        self.live = live
        self.clock = clock
        self.profiles = profiles
        self.pushed: BytesTable = bytes_table(app, PUSHED, settings.partitions)
        index = MeasuredIndex(make_vector_index(settings, clock, kind="users"))
        self.users = Users(Collections(index), IndexedUsers)
        self.interests = UserInterests(
            self.users,
            lists.world,
            kept=lambda: roles.versions,
            dimension_of=roles.dimension_of,
            profiles=profiles.items_here,
            read=profiles.read,
            ready=ready,
            users_per_s=settings.push_refresh_users_per_s,
            slow_after_s=slow_after(settings.stalled_after_s),
        )
        lists.planned = self.interests.planned

    def announcer(self, emit: Emit) -> Announcer:
        settings = self.settings
        return Announcer(
            catalogue=self.lists.world.catalogue,
            rule=HotRule(settings.push_hot_weight, settings.push_hot_times),
            news_s=settings.push_news_s,
            emit=emit,
            clock=self.clock,
        )

    def find_agent(self, emit: Emit, refuse: Refuse) -> FindAgent:
        settings = self.settings
        items = Rate(settings.push_items_per_s, max(1.0, _BURST_S * settings.push_items_per_s))
        return FindAgent(
            users=self.users.at,
            in_use=lambda: self.lists.world.catalogue.encoder_version,
            patience=Patience(VectorIndexUnavailable, slow_after(settings.stalled_after_s)),
            reach=Reach(settings.push_cosine, settings.push_users_per_item, items, settings.push_news_s),
            emit=emit,
            refuse=refuse,
            clock=self.clock,
            max_event_bytes=settings.max_event_bytes,
        )

    def push_agent(self, outbox: Outbox, emit: Emit, refuse: Refuse) -> PushAgent:
        settings = self.settings
        per_s = settings.push_per_s / settings.partitions
        return PushAgent(
            profiles=self.profiles.through(outbox),
            pushed=self.pushed.through(outbox),
            lists=self.lists,
            live=self.live,
            limits=PushLimits(
                interval_s=settings.push_user_interval_s,
                daily=settings.push_user_daily,
                idle_s=settings.push_idle_s,
                news_s=settings.push_news_s,
                cosine=settings.push_cosine,
                quiet=quiet_hours(settings.push_quiet, settings.push_timezone),
            ),
            rate=Rate(per_s, max(1.0, _BURST_S * per_s)),
            emit=emit,
            refuse=refuse,
            clock=self.clock,
            max_event_bytes=settings.max_event_bytes,
        )

    def eraser(self, outbox: Outbox) -> Callable[[str, int], Awaitable[dict[str, int]]]:
        """Erases everything of a user (id, partition); how much was where."""
        pushed = self.pushed.through(outbox)

        async def erase(user_id: str, partition: int) -> dict[str, int]:
            key = user_id.encode()
            known = pushed.get(key, partition) is not None
            if known:
                pushed.delete(key, partition)
            return {"pushes": int(known), "interests": await self.interests.erase(user_id)}

        return erase
