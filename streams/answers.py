"""What a running worker answers over HTTP, from its own part of the tables and its views."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import faust

from streams.agents.common import Table
from streams.agents.lists import ListMaker
from streams.agents.request import profile_at
from streams.core.experiments.report import ExperimentReport
from streams.core.explain import Explanation
from streams.core.profile import EMPTY, Profile
from streams.core.recommend import Ask, plan
from streams.engine.partitions import partition_for
from streams.engine.tables import BytesTable
from streams.events import EncodedItem, EncoderState, ItemCard, Lineage, RecommendationList
from streams.monitor import Monitor
from streams.observe.health import Health
from streams.settings import Settings
from streams.upgrade.comparison import Comparison
from streams.views.experiments import CountsView
from streams.views.items import ItemsView
from streams.web import NotAssigned


class WorkerAnswers:
    """Implements web.Answers."""

    def __init__(
        self,
        *,
        settings: Settings,
        app: faust.App,
        table: BytesTable,
        profiles: Table,
        lists: ListMaker,
        items: ItemsView,
        health: Health,
        monitor: Monitor,
        newest_event_at: Callable[[], float | None],
        upgrade: Callable[[], tuple[EncoderState | None, Comparison | None]],
        experiments: CountsView,
    ) -> None:
        self._settings = settings
        self._app = app
        self._table = table
        self._profiles = profiles
        self._lists = lists
        self._items = items
        self._health = health
        self._monitor = monitor
        self._newest_event_at = newest_event_at
        self._upgrade = upgrade
        self._experiments = experiments

    def owner_of(self, user_id: str) -> str | None:
        # Faust's key_store asks the producer, which knows a changelog only once it has written to it.
        partition = self._partition(user_id)
        for url, held in self._app.router.table_metadata(self._table.name).items():
            if partition in held.get(self._table.changelog_topic_name, ()):
                return None if url == str(self._app.conf.canonical_url) else str(url)
        raise NotAssigned(user_id)  # before the first assignment nobody has it

    async def recommend(self, user_id: str, k: int) -> RecommendationList:
        return (await self._lists.make([self._asked(user_id, k)]))[0]

    async def explain(self, user_id: str, item_id: str) -> Explanation:
        profile, ask = self._asked(user_id, None)
        return await self._lists.explain(profile, ask, item_id)

    def _asked(self, user_id: str, places: int | None) -> tuple[Profile, Ask]:
        """The user's profile, and the asking for a list now."""
        partition = self._partition(user_id)
        profile = profile_at(self._profiles, user_id, partition) or EMPTY
        return profile, Ask(
            user_id=user_id,
            trigger="http",
            lineage=Lineage(partition, profile.offset),
            made_at=time.time(),
            places=places,
        )

    def profile(self, user_id: str) -> dict[str, Any] | None:
        profile = profile_at(self._profiles, user_id, self._partition(user_id))
        return None if profile is None else {"user_id": user_id, **self._described(profile)}

    def _described(self, profile: Profile) -> dict[str, Any]:
        """A profile in words: newest acts first, interests with the items they come from."""
        catalogue = self._lists.world.catalogue
        return {
            "acts": [
                {
                    "item_id": act.item_id,
                    "title": _title(catalogue.card(catalogue.rows.find(act.item_id))),
                    "weight": round(act.weight, 3),
                    "occurred_at": act.ms / 1000,
                }
                for act in reversed(profile.acts)
            ],
            "interests": [
                {"share": round(interest.share, 3), "from_items": list(interest.members[:5])}
                for interest in plan(profile, self._lists.world).interests
            ],
            "impressions_remembered": len(profile.exposures),
            "older_items_used_up": len(profile.seen),
            "encoder_version": catalogue.encoder_version,
            "folded_to": {"epoch": profile.epoch, "offset": profile.offset},
        }

    def item(self, item_id: str) -> dict[str, Any] | None:
        encoded = self._items.encoded(item_id)
        return None if encoded is None else {**_as_dict(encoded), "statistics": self._statistics_of(item_id)}

    def _statistics_of(self, item_id: str) -> dict[str, Any]:
        world = self._lists.world
        rows = world.catalogue.rows.find_all([item_id])
        now = time.time()
        statistics = world.statistics
        return {
            "acts": float(statistics.acts(rows)[0]),
            "impressions": float(statistics.impressions(rows)[0]),
            "popularity": float(statistics.popularity(rows, now)[0]),
            "trend": float(statistics.trend(rows, now)[0]),
        }

    def status(self) -> dict[str, Any]:
        progress = self._monitor.progress()
        encoders, comparison = self._upgrade()
        return {
            "items": len(self._lists.world.catalogue),
            "users": self._monitor.users,
            "encoder_version": self._lists.world.catalogue.encoder_version,
            "ranker_version": self._lists.world.ranker.version,
            "newest_event_at": self._newest_event_at(),
            "encoders": encoders,
            "shadow": comparison,
            "waiting": sorted(self._monitor.waiting()),
            "starting": not self._monitor.started,  # it starts last, once the views have been read
            "partitions": [
                {"topic": topic, "partition": partition, "committed": offset, "lag": progress.lag[topic, partition]}
                for (topic, partition), offset in sorted(progress.committed.items())
            ],
        }

    def experiments(self) -> list[ExperimentReport]:
        return self._experiments.reports()

    def live(self) -> dict[str, str]:
        return self._health.failing_live(time.monotonic())

    def unready(self) -> dict[str, str]:
        return self._health.failing_ready(time.monotonic())

    def _partition(self, user_id: str) -> int:
        return partition_for(user_id.encode(), self._settings.partitions)


def _title(card: ItemCard | None) -> str | None:
    return None if card is None else card.title


def _as_dict(encoded: EncodedItem) -> dict[str, Any]:
    return {
        "card": encoded.card,
        "modalities": encoded.modalities,
        "problems": encoded.problems,
        "encoder_version": encoded.encoder_version,
        "encoded_at": encoded.encoded_at,
        "dimension": len(encoded.vector) // 2,
    }
