"""From a profile to a list, in two steps with the vector search between them.

`plan` says which vectors to search; `rank` chooses items from the answers; `written` (lists.py) puts them on the wire.
All are functions of their arguments: the same arguments give the same list and the same list id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from streams.core.business import BusinessRules
from streams.core.candidates.base import Context, Floats, Hits, Source
from streams.core.candidates.pool import Pool, Pools, lined_up
from streams.core.candidates.registry import SOURCE_NAMES, SOURCES
from streams.core.catalogue import Catalogue
from streams.core.compiled import compiled
from streams.core.cosines import cosines
from streams.core.drafts import Wanted
from streams.core.features import features_of
from streams.core.hashing import digest
from streams.core.interests import Interest, interests_of
from streams.core.lifting import lifted
from streams.core.places import Place, places_of
from streams.core.profile import Profile
from streams.core.ranking import HandSetRanker, Ranker
from streams.core.rules import ANYTHING, Limits, allowed
from streams.core.segments import Places
from streams.core.statistics_view import StatisticsView
from streams.core.taste import Taste, taste_of, tastes_of
from streams.core.tuning import Tuning
from streams.core.vectors import stacked
from streams.events import DEFAULT_SURFACE, Lineage

_MOST_LISTS = 64  # ranked together; more only take memory


@dataclass(frozen=True, slots=True)
class World:
    """What lists are made from besides the profile: one per worker."""

    catalogue: Catalogue
    statistics: StatisticsView
    tuning: Tuning
    ranker: Ranker = field(default_factory=HandSetRanker)
    business: BusinessRules = field(default_factory=BusinessRules)
    sources: tuple[Source, ...] = SOURCES

    @classmethod
    def empty(cls, tuning: Tuning) -> World:
        """An empty catalogue and its statistics, to be filled by following topics."""
        catalogue = Catalogue(tuning)
        return cls(catalogue, StatisticsView(catalogue.rows, tuning), tuning)


@dataclass(frozen=True, slots=True)
class Plan:
    """A profile and its interests under one encoder version; keep it across awaits.

    `taste` holds rows, valid only while the catalogue's edition is `edition`; `rank` reads it again after that.
    """

    profile: Profile
    interests: tuple[Interest, ...]
    encoder_version: str
    taste: Taste
    edition: int

    def vectors(self) -> Floats:
        """float32[m, d]: what to search, one row per interest; m may be 0."""
        return stacked([i.centroid for i in self.interests]) if self.interests else np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Ask:
    """Who gets the list, for what occasion, and at what time it is made (Unix s)."""

    user_id: str
    trigger: str
    lineage: Lineage
    made_at: float
    surface: str = DEFAULT_SURFACE
    variant: str = "default"
    places: int | None = None  # None = the usual list size
    limits: Limits = ANYTHING
    request_id: str | None = None
    event_at: float | None = None

    @property
    def identity(self) -> tuple[str | int | None, ...]:
        """What makes this the same list when it is made again after a crash: who, for which record, where."""
        lineage = self.lineage
        where: tuple[int | str, ...] = (lineage.behaviour_partition, lineage.behaviour_offset)
        if self.limits.lead is not None:  # an item's news is pushed to a user once, whatever they did meanwhile
            where = ("lead", self.limits.lead.item_id)
        return (self.user_id, self.surface, self.variant, self.request_id, self.places, *where)


@dataclass(frozen=True, slots=True)
class Scored:
    """The pool with `features` and `contributions` float32[n, f] beside its rows, what is added to the scores of little
    known items (`lift` float32[n]), and what business rules add (`business` float32[n], None without any).
    """

    pool: Pool
    features: Floats
    contributions: Floats
    lift: Floats
    business: Floats | None = None

    @property
    def scores(self) -> Floats:
        """float32[n]: what the candidates are ordered by."""
        added: Floats = self.contributions.sum(axis=1) + self.lift
        return added if self.business is None else added + self.business


@dataclass(frozen=True, slots=True)
class Ranking:
    """The chosen places and everything they were chosen from; rows are valid until the catalogue changes."""

    places: list[Place]
    scored: Scored
    context: Context
    degraded: tuple[str, ...]


def candidates(rankings: Sequence[Ranking]) -> dict[str, int]:
    """How many candidates each source proposed, over all lists, that the rules let through."""
    proposed = np.concatenate([ranking.scored.pool.proposed for ranking in rankings])
    counts = np.ones(len(proposed), np.float32) @ proposed.astype(np.float32)  # five times as fast as counting
    return dict(zip(SOURCE_NAMES, counts.astype(np.int64).tolist(), strict=True))


def plan(profile: Profile, world: World) -> Plan:
    """`plan_all` for one."""
    return plan_all([profile], world)[0]


def plan_all(profiles: Sequence[Profile], world: World) -> list[Plan]:
    """The users' interests now. Doesn't depend on the clock, so a plan moves only when the user or the space does."""
    catalogue, tuning = world.catalogue, world.tuning
    version, edition = catalogue.encoder_version, catalogue.edition
    return [
        Plan(profile, interests_of(taste, catalogue, tuning), version, taste, edition)
        for profile, taste in zip(profiles, tastes_of(profiles, catalogue, tuning), strict=True)
    ]


def fresh_scores(plans: Sequence[Plan], world: World) -> list[Floats | None]:
    """`Context.fresh_scores` of many users at once, to be handed to `rank` at once, without an await between. None for
    a plan that `rank` will have to make again.
    """
    pool = world.catalogue.fresh
    current = [p.interests if p.encoder_version == world.catalogue.encoder_version else () for p in plans]
    centroids = [interest.centroid for interests in current for interest in interests]
    if not centroids or not len(pool.rows):
        return [None] * len(plans)
    sizes = np.array([len(interests) for interests in current])
    best = _best_cosines(pool.vectors, stacked(centroids), sizes)
    return [scores if len(interests) else None for scores, interests in zip(best, current, strict=True)]


@compiled("f4[:, ::1](f4[:, ::1], f4[:, ::1], i8[::1])")
def _best_cosines(vectors: Floats, centroids: Floats, sizes: Places) -> Floats:
    """float32[b, n]: the best cosine of each of `vectors` float32[n, d] to any centroid of each user, who has as many
    of `centroids` as `sizes` int64[b] says; -inf for one without any.
    """
    found = np.full((len(sizes), len(vectors)), np.float32(-np.inf))
    near = cosines(vectors, np.arange(len(vectors)), centroids)
    start = 0
    for one in range(len(sizes)):
        for interest in range(start, start + sizes[one]):
            for at in range(len(vectors)):
                found[one, at] = max(found[one, at], near[interest, at])
        start += sizes[one]
    return found


def rank(made: Plan, hits: Sequence[Hits | None], ask: Ask, world: World, fresh: Floats | None = None) -> Ranking:
    """`rank_all` for one."""
    return rank_all([made], [hits], [ask], world, [fresh])[0]


def rank_all(
    plans: Sequence[Plan],
    hits: Sequence[Sequence[Hits | None]],
    asks: Sequence[Ask],
    world: World,
    fresh: Sequence[Floats | None],
) -> list[Ranking]:
    """Choose the items of several lists by arrays that hold the candidates of all of them.

    The `hits` of each lie beside its plan's interests; None where the vector index could not be asked. Raises
    ValueError for lists that are made at different times.
    """
    if len({ask.made_at for ask in asks}) > 1:
        raise ValueError("lists ranked together are made at one time; rank lists of different times one by one")
    contexts = [_context(*one, world) for one in zip(plans, hits, asks, fresh, strict=True)]
    ranked: list[Ranking] = []
    for at in range(0, len(contexts), _MOST_LISTS):
        ranked += _ranked(contexts[at : at + _MOST_LISTS], asks[at : at + _MOST_LISTS], world)
    return ranked


def _context(made: Plan, hits: Sequence[Hits | None], ask: Ask, fresh: Floats | None, world: World) -> Context:
    catalogue, tuning = world.catalogue, world.tuning
    if made.encoder_version != catalogue.encoder_version:
        # The catalogue changed encoders while the search was under way: its answers belong to the old space.
        made, hits, fresh = plan(made.profile, world), (), None
    return Context(
        profile=made.profile,
        taste=made.taste if made.edition == catalogue.edition else taste_of(made.profile, catalogue, tuning),
        interests=made.interests,
        hits=[*hits, *[None] * (len(made.interests) - len(hits))],
        catalogue=catalogue,
        statistics=world.statistics,
        tuning=tuning,
        now=ask.made_at,
        seed=int(digest(*ask.identity)[:16], 16),
        surface=ask.surface,
        fresh_given=fresh,
    )


def _ranked(contexts: Sequence[Context], asks: Sequence[Ask], world: World) -> list[Ranking]:
    answers = [source.propose(contexts) for source in world.sources]
    pools = lined_up(list(zip(*answers, strict=True)), world.catalogue)
    limits = [ask.limits for ask in asks]
    if len(world.business):
        limits = [replace(ask.limits, business=world.business.on(ask.surface, ask.made_at)) for ask in asks]
    pools = pools.only(allowed(pools.rows, pools.lists, contexts, limits))
    features = features_of(pools, contexts)
    contributions = world.ranker.contributions(features, pools.lists)
    usual = world.tuning.list_size
    wanted = [
        Wanted(usual if ask.places is None else ask.places, limit) for ask, limit in zip(asks, limits, strict=True)
    ]
    few, business = lifted(pools, contexts), _business(pools, limits, world.catalogue)
    placed = places_of(pools, contributions, contexts, wanted, few, business)
    return [
        Ranking(
            places,
            Scored(
                pool, features[part], contributions[part], few.lift[part], None if business is None else business[part]
            ),
            context,
            degraded=("interest",) if None in context.hits else (),
        )
        for places, pool, part, context in zip(placed, pools.each(), pools.lists.slices, contexts, strict=True)
    ]


def _business(pools: Pools, limits: Sequence[Limits], catalogue: Catalogue) -> Floats | None:
    """float32[n]: what the business rules of each list add to its candidates' scores; None where no rule holds."""
    if all(limit.business is None for limit in limits):
        return None
    added = np.zeros(len(pools.rows), dtype=np.float32)
    for part, limit in zip(pools.lists.slices, limits, strict=True):
        if limit.business is not None:
            added[part] = limit.business.lifts(pools.rows[part], catalogue.card)
    return added
