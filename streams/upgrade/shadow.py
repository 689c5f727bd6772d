"""Makes a share of the lists once more with the encoder version that stands by, and compares. Nobody is sent these.

A user is in the share or not, by a hash of the id, so that each one's next act can be scored against both versions'
lists. Both are made anew here, with a search of their own, so that their times can be compared too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import structlog

from streams.core import lists, recommend
from streams.core.candidates.base import Hits
from streams.core.hashing import item_hash
from streams.core.prequential import Prequential
from streams.core.profile import Profile
from streams.core.recommend import Ask, World
from streams.events import BehaviourEvent, EncoderPhase, EncoderState, RecommendationList
from streams.observe import metrics
from streams.observe.labels import Role
from streams.ports.vector_index import VectorIndex, VectorIndexUnavailable
from streams.upgrade.comparison import Comparison

log = structlog.get_logger()

_HASHES = 2.0**32
_RECENT = 512  # times that a median is taken of

Wanted = Sequence[tuple[Profile, Ask]]
Door = Callable[[str], VectorIndex | None]


@dataclass(slots=True)
class _Side:
    """One version's lists: how they do, and how long they took (s, the latest)."""

    quality: Prequential = field(default_factory=lambda: Prequential(most=10_000))
    seconds: list[float] = field(default_factory=list)

    def took(self, seconds: float) -> None:
        self.seconds = [*self.seconds[-_RECENT:], seconds]


class Shadow:
    """Told of every batch of lists and of every act; works only while the state is `shadowing`."""

    def __init__(self, world: World, door: Door, state: Callable[[], EncoderState | None], k: int) -> None:
        self._world = world
        self._door = door
        self._state = state
        self._k = k
        self._versions: tuple[str, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._reset()

    def _reset(self) -> None:
        self._sides = {role: _Side() for role in Role}
        self._lists = 0
        self._overlap = 0.0

    def pushed(self, wanted: Wanted, made: Sequence[RecommendationList]) -> None:
        """Lists went out. One comparison runs at a time, and what comes meanwhile is not compared."""
        state = self._state()
        if state is None or state.phase is not EncoderPhase.SHADOWING or state.standby is None:
            return
        if self._task is not None and not self._task.done():
            return
        below = state.options.shadow_share * _HASHES
        pairs = zip(wanted, made, strict=True)
        chosen = [(one, sent) for one, sent in pairs if item_hash(one[1].user_id) < below and one[1].trigger != "http"]
        if not chosen:
            return
        versions = (state.active, state.standby)
        if versions != self._versions:
            self._versions = versions
            self._reset()
        # At the times and sights of the lists that were sent, or both would see another world.
        again = [(profile, replace(ask, made_at=sent.made_at)) for (profile, ask), sent in chosen]
        self._task = asyncio.create_task(self._compare(again, versions))

    def acted(self, event: BehaviourEvent, before: Profile) -> None:
        """An act, `before` being the profile without it: scored against the lists of both versions, if there are."""
        if self._versions is None:
            return
        for role, side in self._sides.items():
            score = side.quality.score(event, before, self._world)
            if score is not None:
                metrics.SHADOW_EVALUATED.labels(role=role).inc()
                metrics.SHADOW_HITS.labels(role=role).inc(score.rank > 0)

    def forget(self, user_id: str) -> None:
        """Drop what is remembered of a user (erasure)."""
        for side in self._sides.values():
            side.quality.forget(user_id)

    @property
    def comparison(self) -> Comparison | None:
        """None before the first comparison of the latest upgrade."""
        if self._versions is None or not self._lists:
            return None
        active, standby = self._sides[Role.ACTIVE], self._sides[Role.STANDBY]
        return Comparison(
            *self._versions,
            lists=self._lists,
            overlap=round(self._overlap / self._lists, 4),
            scored=active.quality.upwell.scored,
            active_hit_rate=round(active.quality.upwell.hit_rate, 4),
            standby_hit_rate=round(standby.quality.upwell.hit_rate, 4),
            active_ms=round(float(np.median(active.seconds)) * 1000, 2),
            standby_ms=round(float(np.median(standby.seconds)) * 1000, 2),
        )

    async def _compare(self, wanted: Wanted, versions: tuple[str, str]) -> None:
        try:
            ours = await self._timed(Role.ACTIVE, self._made(wanted, versions[0]))
            theirs = await self._timed(Role.STANDBY, self._made(wanted, versions[1]))
        except VectorIndexUnavailable as error:
            log.info("shadow_skipped", error=str(error))
            return
        if self._versions != versions:
            return
        self._sides[Role.ACTIVE].quality.note(ours, self._world)
        self._sides[Role.STANDBY].quality.note(theirs, self._world)
        for one, other in zip(ours, theirs, strict=True):
            self._lists += 1
            shared = overlap(one, other)
            self._overlap += shared
            metrics.SHADOW_LISTS.inc()
            metrics.SHADOW_OVERLAP.inc(shared)

    async def _timed(self, role: Role, making: Awaitable[list[RecommendationList]]) -> list[RecommendationList]:
        began = time.perf_counter()
        made = await making
        took = time.perf_counter() - began
        self._sides[role].took(took)
        metrics.SHADOW_SECONDS.labels(role=role).observe(took)
        return made

    async def _made(self, wanted: Wanted, version: str) -> list[RecommendationList]:
        door = self._door(version)
        if door is None:
            raise VectorIndexUnavailable(f"the collection of {version} is not open yet")
        plans = recommend.plan_all([profile for profile, _ in wanted], self._under(version))
        centroids = [interest.centroid for plan in plans for interest in plan.interests]
        found = iter(await door.search(np.stack(centroids), self._k) if centroids else [])
        hits: list[list[Hits | None]] = []
        for plan in plans:
            answers = [next(found) for _ in plan.interests]
            hits.append([Hits([hit.item_id for hit in one], [hit.score for hit in one]) for one in answers])
        world = self._under(version)  # the catalogue may have changed during the search
        asks = [ask for _, ask in wanted]
        rankings = recommend.rank_all(plans, hits, asks, world, recommend.fresh_scores(plans, world))
        return lists.written_all(rankings, asks, world)

    def _under(self, version: str) -> World:
        """For use at once: see Catalogue.under."""
        return replace(self._world, catalogue=self._world.catalogue.under(version))


def overlap(one: RecommendationList, other: RecommendationList) -> float:
    """Overlap@k in [0, 1]: how many items stand in both lists, of the longer one's length."""
    first, second = ({item.item_id for item in made.items} for made in (one, other))
    return len(first & second) / max(1, len(first), len(second))
