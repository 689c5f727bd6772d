"""Lists for several users at once: plan each, search all their interests in one call, rank and write each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from streams.agents.search import InterestSearch
from streams.agents.teaching import Teaching
from streams.core import lists, recommend
from streams.core.candidates.base import Hits
from streams.core.explain import Explanation, explain
from streams.core.prequential import COLD_BELOW
from streams.core.profile import Profile
from streams.core.recommend import Ask, World
from streams.events import Lineage, RecommendationList
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of the world a worker has seen: records of items and of item-statistics applied so far."""

    items: int
    statistics: int


Shadowing = Callable[[Sequence[tuple[Profile, Ask]], Sequence[RecommendationList]], None]


def _no_shadow(wanted: Sequence[tuple[Profile, Ask]], made: Sequence[RecommendationList]) -> None:
    """Nobody compares."""


class ListMaker:
    """`shadow` is told of every batch of lists, to make some of them once more with another encoder version.

    Shared by whoever makes lists in a worker: the agents and the HTTP server.
    """

    def __init__(
        self, world: World, search: InterestSearch, sight: Callable[[], Sight], clock: Clock, teaching: Teaching
    ) -> None:
        self.world = world
        self._teaching = teaching
        self._search = search
        self._sight = sight
        self._clock = clock
        self.shadow: Shadowing = _no_shadow

    async def make(self, wanted: Sequence[tuple[Profile, Ask]]) -> list[RecommendationList]:
        """One list per (profile, ask), in order. `made_at` and the sight in the lineage are set here."""
        with series(metrics.STAGE_LATENCY, "profile_candidates").time():
            plans, hits = await self._searched(wanted)
        with series(metrics.STAGE_LATENCY, "profile_rank").time():
            now, sight = self._clock.now(), self._sight()
            asks = [replace(ask, made_at=now, lineage=_seen(ask.lineage, sight)) for _, ask in wanted]
            fresh = recommend.fresh_scores(plans, self.world)
            rankings = recommend.rank_all(plans, hits, asks, self.world, fresh)
            made = [lists.written(ranking, ask, self.world) for ranking, ask in zip(rankings, asks, strict=True)]
            for ask, ranking in zip(asks, rankings, strict=True):
                self._teaching.listed(ask.user_id, ranking)
            if made:
                _count(made, recommend.candidates(rankings), self.world)
        self.shadow(wanted, made)
        return made

    async def explain(self, profile: Profile, ask: Ask, item_id: str) -> Explanation:
        """What becomes of an item in the list that `ask` would get now; nothing is counted."""
        plans, hits = await self._searched([(profile, ask)])
        return explain(item_id, plans[0], hits[0], replace(ask, made_at=self._clock.now()), self.world)

    async def _searched(
        self, wanted: Sequence[tuple[Profile, Ask]]
    ) -> tuple[list[recommend.Plan], list[list[Hits | None]]]:
        """Plans and their hits, of one encoder version: done again when the version changed during the search.

        What follows happens without an await, so no list can be made from vectors of two versions.
        """
        while True:
            version = self.world.catalogue.encoder_version
            plans = [recommend.plan(profile, self.world) for profile, _ in wanted]
            searches = [(ask.user_id, plan.vectors()) for plan, (_, ask) in zip(plans, wanted, strict=True)]
            hits = await self._search.search(searches, self._sight().items, version)
            if version == self.world.catalogue.encoder_version:
                return plans, hits


def _seen(lineage: Lineage, sight: Sight) -> Lineage:
    return Lineage(lineage.behaviour_partition, lineage.behaviour_offset, sight.items, sight.statistics)


def _count(made: Sequence[RecommendationList], candidates: dict[str, int], world: World) -> None:
    """Metrics of a whole batch at once."""
    places = Counter(item.source for one in made for item in one.items)
    degraded = Counter(source for one in made for source in one.degraded)
    for metric, counts in (
        (metrics.CANDIDATES, candidates),
        (metrics.PLACES, places),
        (metrics.DEGRADED_LISTS, degraded),
    ):
        for source, count in counts.items():
            series(metric, source).inc(count)
    for version, count in Counter(one.encoder_version for one in made).items():
        series(metrics.ENCODER_LISTS, version).inc(count)
    for trigger, count in Counter(one.trigger for one in made).items():
        series(metrics.LISTS, trigger).inc(count)
    rows = world.catalogue.rows.find_all([item.item_id for one in made for item in one.items])
    metrics.COLD_PLACES.inc(int((world.statistics.acts(rows) < COLD_BELOW).sum()))
    for one in made:
        if one.freshness_s is not None:
            metrics.FRESHNESS.observe(one.freshness_s)
