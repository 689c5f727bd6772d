"""Lists for several users at once: plan each, search all their interests in one call, rank and write each.

Where experiments run, users of different variants are ranked apart, each variant in its own world.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from streams.agents.search import InterestSearch
from streams.agents.teaching import Teaching
from streams.core import lists, recommend
from streams.core.candidates.base import Hits
from streams.core.experiments.definition import Changes
from streams.core.experiments.influence import Occasion
from streams.core.experiments.mixed import mixed
from streams.core.experiments.trial import UNTOUCHED, Experiments, Trial
from streams.core.experiments.worlds import Worlds
from streams.core.explain import Explanation, explain
from streams.core.learning.ranker import LearnedRanker
from streams.core.prequential import COLD_BELOW
from streams.core.profile import Profile
from streams.core.recommend import Ask, Plan, Ranking, World
from streams.events import Lineage, RecommendationList
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of the world a worker has seen: records of items and of item-statistics applied so far."""

    items: int
    statistics: int


Planning = Callable[[Sequence[tuple[Profile, Ask]], Sequence[recommend.Plan]], None]
Shadowing = Callable[[Sequence[tuple[Profile, Ask]], Sequence[RecommendationList]], None]


def _no_shadow(wanted: Sequence[tuple[Profile, Ask]], made: Sequence[RecommendationList]) -> None:
    """Nobody compares."""


def _no_planning(wanted: Sequence[tuple[Profile, Ask]], plans: Sequence[recommend.Plan]) -> None:
    """Nobody keeps interests."""


def _no_versions() -> Collection[str]:
    """No encoder version stands by."""
    return ()


@dataclass(slots=True)
class _Draft:
    """A list on its way: who asks, what experiments do to it, and what it becomes on each of its sides. Both sides of
    an interleaved one are of one encoder version, so the plan and the hits are common to them.
    """

    profile: Profile
    ask: Ask
    trial: Trial
    plan: Plan = field(init=False)
    hits: Sequence[Hits | None] = ()
    made: dict[int, RecommendationList] = field(default_factory=dict)
    rankings: dict[int, Ranking] = field(default_factory=dict)


class ListMaker:
    """`shadow` is told of every batch of lists, to make some of them once more with another encoder version; `planned`
    of the interests they are made of.

    Shared by whoever makes lists in a worker: the agents and the HTTP server. `versions` are the encoder versions
    beside the one in use of which every vector is there. A batch of more than `lean_above` lists (0 = any) shows that
    the worker is falling behind: its lists are made leaner, so that it catches up before anybody waits long.
    """

    def __init__(  # noqa: PLR0917 - the parts of a worker, each of its own type
        self,
        world: World,
        search: InterestSearch,
        sight: Callable[[], Sight],
        clock: Clock,
        teaching: Teaching,
        experiments: Experiments | None = None,
        versions: Callable[[], Collection[str]] = _no_versions,
        lean_above: int = 0,
    ) -> None:
        self.world = world
        self._teaching = teaching
        self._search = search
        self._sight = sight
        self._clock = clock
        self._experiments = Experiments() if experiments is None else experiments
        self._worlds = Worlds(world)
        self._versions = versions
        self._lean_above = lean_above
        self.shadow: Shadowing = _no_shadow
        self.planned: Planning = _no_planning

    async def make(self, wanted: Sequence[tuple[Profile, Ask]]) -> list[RecommendationList]:
        """One list per (profile, ask), in order. `made_at` and the sight in the lineage are set here."""
        with series(metrics.STAGE_LATENCY, "profile_candidates").time():
            drafts = await self._searched(wanted)
        with series(metrics.STAGE_LATENCY, "profile_rank").time():
            now, sight = self._clock.now(), self._sight()
            for draft in drafts:
                draft.ask = replace(draft.ask, made_at=now, lineage=_seen(draft.ask.lineage, sight))
            lean = 0 < self._lean_above < len(drafts)
            if lean:
                metrics.LEAN_LISTS.inc(len(drafts))
            self._rank(drafts, lean=lean)
            made = [_finished(draft) for draft in drafts]
            for draft in drafts:
                self._teaching.listed(draft.ask.user_id, draft.rankings[0])
            if made:
                _count(
                    made, recommend.candidates([one for draft in drafts for one in draft.rankings.values()]), self.world
                )
        self.shadow(wanted, made)
        self.planned(wanted, [draft.plan for draft in drafts])
        return made

    async def explain(self, profile: Profile, ask: Ask, item_id: str) -> Explanation:
        """What becomes of an item in the list that `ask` would get now; nothing is counted. Of an interleaved list, in
        the control's.
        """
        draft = (await self._searched([(profile, ask)]))[0]
        ask = replace(draft.ask, made_at=self._clock.now())
        return explain(item_id, draft.plan, draft.hits, ask, self._worlds.of(draft.trial.sides[0]))

    def _trial(self, profile: Profile, ask: Ask, *, learned: bool, versions: Collection[str]) -> Trial:
        return self._experiments.trial(Occasion(profile, ask, self.world, learned, versions))

    def _drafted(self, wanted: Sequence[tuple[Profile, Ask]]) -> list[_Draft]:
        if not len(self._experiments):
            return [_Draft(profile, ask, UNTOUCHED) for profile, ask in wanted]
        ranker, versions = self.world.ranker, self._versions()
        learned = isinstance(ranker, LearnedRanker) and ranker.state.lessons > 0
        trials = [self._trial(profile, ask, learned=learned, versions=versions) for profile, ask in wanted]
        return [
            _Draft(profile, replace(ask, variant=trial.variant), trial)
            for (profile, ask), trial in zip(wanted, trials, strict=True)
        ]

    async def _searched(self, wanted: Sequence[tuple[Profile, Ask]]) -> list[_Draft]:
        """Drafts with their plans and hits, of one encoder version each: done again when the versions, or what the
        experiments say, changed during the search.

        What follows happens without an await, so no list can be made from vectors of two versions.
        """
        while True:
            before = self._situation()
            drafts = self._drafted(wanted)
            searches: dict[str | None, list[_Draft]] = {}
            for draft in drafts:
                searches.setdefault(draft.trial.sides[0].encoder_version, []).append(draft)
            for wanted_version, of in searches.items():
                world = (
                    self.world if wanted_version is None else self._worlds.of(Changes(encoder_version=wanted_version))
                )
                plans = recommend.plan_all([draft.profile for draft in of], world)
                for draft, made in zip(of, plans, strict=True):
                    draft.plan = made
            for of in searches.values():
                asked = [(draft.ask.user_id, draft.plan.vectors()) for draft in of]
                version = of[0].plan.encoder_version
                found = await self._search.search(asked, self._sight().items, version)
                for draft, hits in zip(of, found, strict=True):
                    draft.hits = hits
            if before == self._situation():
                return drafts

    def _situation(self) -> tuple[object, ...]:
        return self.world.catalogue.encoder_version, self._experiments.running, frozenset(self._versions())

    def _rank(self, drafts: Sequence[_Draft], *, lean: bool) -> None:
        """Fills in rankings and lists, those of one world together."""
        together: dict[bytes, list[tuple[_Draft, int]]] = {}
        for draft in drafts:
            for side, changes in enumerate(draft.trial.sides):
                together.setdefault(changes.key, []).append((draft, side))
        for of in together.values():
            first, side = of[0]
            world = self._worlds.of(first.trial.sides[side])
            if lean:
                world = replace(world, tuning=world.tuning.leaner)
            plans, hits = [draft.plan for draft, _ in of], [draft.hits for draft, _ in of]
            asks = [draft.ask for draft, _ in of]
            rankings = recommend.rank_all(plans, hits, asks, world, recommend.fresh_scores(plans, world))
            made = lists.written_all(rankings, asks, world)
            for (draft, at), ranking, one in zip(of, rankings, made, strict=True):
                draft.rankings[at], draft.made[at] = ranking, one


def _finished(draft: _Draft) -> RecommendationList:
    """The list that goes out."""
    made, trial = draft.made[0], draft.trial
    if trial.exposures:
        made = msgspec.structs.replace(made, exposures=trial.exposures)
    return made if trial.interleaved is None else mixed(made, draft.made[1], trial.interleaved)


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
