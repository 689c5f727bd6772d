"""From a profile to a list, in two steps with the vector search between them.

`plan` says which vectors to search; `rank` chooses items from the answers; `written` puts them on the wire. All three
are functions of their arguments: the same arguments give the same list and the same list id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from streams.core.attribution import main_sources
from streams.core.backfill import backfilled
from streams.core.candidates.base import Context, Floats, Hits, Source
from streams.core.candidates.pool import Pool, gather
from streams.core.candidates.registry import BACKFILL, SOURCES
from streams.core.catalogue import Catalogue
from streams.core.diversity import Caps, diversified
from streams.core.features import features_of
from streams.core.hashing import digest
from streams.core.interests import Interest, interests_of
from streams.core.profile import Profile
from streams.core.ranking import HandSetRanker, Ranker
from streams.core.reasons import Cause, reason_for
from streams.core.rows import UNKNOWN
from streams.core.rules import ANYTHING, Limits, allowed, scaled_cap
from streams.core.statistics_view import StatisticsView
from streams.core.taste import taste_of
from streams.core.tuning import Tuning
from streams.events import Lineage, RecommendationList, RecommendedItem

MMR_POOL = 6  # candidates per place that diversity chooses from
EXPLORE_FROM = 5  # a shorter list keeps no place for exploration


@dataclass(frozen=True, slots=True)
class World:
    """What lists are made from besides the profile: one per worker."""

    catalogue: Catalogue
    statistics: StatisticsView
    tuning: Tuning
    ranker: Ranker = field(default_factory=HandSetRanker)
    sources: tuple[Source, ...] = SOURCES

    @classmethod
    def empty(cls, tuning: Tuning) -> World:
        """An empty catalogue and its statistics, to be filled by following topics."""
        catalogue = Catalogue(tuning)
        return cls(catalogue, StatisticsView(catalogue.rows, tuning), tuning)


@dataclass(frozen=True, slots=True)
class Plan:
    """A profile and its interests under one encoder version. Holds ids and vectors, no rows: keep it across awaits."""

    profile: Profile
    interests: tuple[Interest, ...]
    encoder_version: str

    def vectors(self) -> Floats:
        """float32[m, d]: what to search, one row per interest; m may be 0."""
        return np.stack([i.centroid for i in self.interests]) if self.interests else np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Ask:
    """Who gets the list, for what occasion, and at what time it is made (Unix s)."""

    user_id: str
    trigger: str
    lineage: Lineage
    made_at: float
    surface: str = "default"
    variant: str = "default"
    places: int | None = None  # None = the usual list size
    limits: Limits = ANYTHING
    request_id: str | None = None
    event_at: float | None = None

    @property
    def identity(self) -> tuple[str | int | None, ...]:
        """What makes this the same list when it is made again after a crash: who, for which record, where."""
        lineage = self.lineage
        where = (lineage.behaviour_partition, lineage.behaviour_offset)
        return (self.user_id, self.surface, self.variant, self.request_id, *where)


@dataclass(frozen=True, slots=True)
class Place:
    """A row, its score, the source it owes its place to, and where it stands in the pool (-1 = not in it)."""

    row: int
    score: float
    source: str
    pool_at: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """The chosen places and everything they were chosen from; rows are valid until the catalogue changes."""

    places: list[Place]
    pool: Pool
    features: Floats
    contributions: Floats
    context: Context
    degraded: tuple[str, ...]

    def candidates(self) -> dict[str, int]:
        """How many candidates each source proposed, after the rules."""
        counts = self.pool.proposed.sum(axis=0)
        return {name: int(n) for name, n in zip(self.names, counts, strict=True)}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(source.name for source in SOURCES)


def plan(profile: Profile, world: World) -> Plan:
    """The user's interests now. Doesn't depend on the clock, so a plan moves only when the user or the space does."""
    catalogue = world.catalogue
    taste = taste_of(profile, catalogue, world.tuning)
    return Plan(profile, interests_of(taste, catalogue, world.tuning), catalogue.encoder_version)


def rank(made: Plan, hits: Sequence[Hits | None], ask: Ask, world: World) -> Ranking:
    """Choose the items. `hits` lie beside `made.interests`; None where the vector index could not be asked."""
    catalogue, tuning = world.catalogue, world.tuning
    if made.encoder_version != catalogue.encoder_version:
        # The catalogue changed encoders while the search was under way: its answers belong to the old space.
        made, hits = plan(made.profile, world), ()
    answers: list[Hits | None] = [*hits, *[None] * (len(made.interests) - len(hits))]
    context = Context(
        taste=taste_of(made.profile, catalogue, tuning),
        interests=made.interests,
        hits=answers,
        catalogue=catalogue,
        statistics=world.statistics,
        tuning=tuning,
        now=ask.made_at,
        seed=int(digest(*ask.identity)[:16], 16),
    )
    pool = gather(context, world.sources)
    pool = pool.only(allowed(pool.rows, context, made.profile, ask.limits))
    features = features_of(pool, context, made.profile)
    contributions = world.ranker.contributions(features)
    places = _places(pool, contributions, context, ask, made.profile)
    degraded = ("interest",) if any(answer is None for answer in answers) else ()
    return Ranking(places, pool, features, contributions, context, degraded)


def _places(pool: Pool, contributions: Floats, context: Context, ask: Ask, profile: Profile) -> list[Place]:
    tuning, catalogue = context.tuning, context.catalogue
    wanted = tuning.list_size if ask.places is None else ask.places
    scores = contributions.sum(axis=1)
    main = main_sources(pool, contributions)
    order = np.lexsort((catalogue.hashes(pool.rows), -scores)) if len(scores) else np.zeros(0, dtype=np.intp)
    tried = _tries(pool, tuning.explore_places if wanted >= EXPLORE_FROM else 0)
    order_rest = order[~np.isin(order, tried)] if tried else order
    top = order_rest[: MMR_POOL * wanted]
    rows = pool.rows[top]
    caps: tuple[Caps, ...] = ()
    if not ask.limits.tags:
        caps = (
            Caps(catalogue.tags(rows)[:, 0], scaled_cap(tuning.cap_per_tag, wanted, tuning.list_size)),
            Caps(catalogue.creators(rows), scaled_cap(tuning.cap_per_creator, wanted, tuning.list_size)),
        )
    free = wanted - len(tried)
    picked = diversified(scores[top], catalogue.vectors(rows), caps, free, tuning.diversity)
    chosen = [int(top[at]) for at in picked]
    if len(chosen) < free:  # the caps closed everything: rather more of a kind than a short list
        taken = set(chosen)
        chosen += [int(at) for at in order_rest if int(at) not in taken][: free - len(chosen)]
    names = [source.name for source in SOURCES]
    places = [Place(int(pool.rows[at]), float(scores[at]), names[int(main[at])], at) for at in chosen]
    places += [Place(int(pool.rows[at]), float(scores[at]), "exploration", at) for at in tried]
    if len(places) < wanted:
        least = min((place.score for place in places), default=0.0)
        extra = backfilled({place.row for place in places}, wanted - len(places), context, profile, ask.limits)
        places += [Place(row, least - n, BACKFILL, UNKNOWN) for n, row in enumerate(extra, start=1)]
    return places


_EXPLORATION = [source.name for source in SOURCES].index("exploration")


def _tries(pool: Pool, places: int) -> list[int]:
    """Where in the pool the items drawn for exploration stand, best first, at most `places`."""
    drawn = np.flatnonzero(pool.proposed[:, _EXPLORATION])
    return [int(at) for at in drawn[np.argsort(-pool.scores[drawn, _EXPLORATION], kind="stable")][:places]]


def written(ranking: Ranking, ask: Ask, world: World) -> RecommendationList:
    """The ranking as a wire event. `freshness_s` is filled when `ask.event_at` is known."""
    catalogue = world.catalogue
    grades = dict(zip(ranking.context.taste.liked.tolist(), ranking.context.taste.grades.tolist(), strict=True))
    items = tuple(_item(place, ranking, catalogue, grades) for place in ranking.places)
    return RecommendationList(
        list_id=digest(*ask.identity, catalogue.encoder_version, world.ranker.version, len(items)),
        user_id=ask.user_id,
        made_at=ask.made_at,
        trigger=ask.trigger,
        items=items,
        encoder_version=catalogue.encoder_version,
        ranker_version=world.ranker.version,
        lineage=ask.lineage,
        surface=ask.surface,
        variant=ask.variant,
        degraded=ranking.degraded,
        request_id=ask.request_id,
        event_at=ask.event_at,
        freshness_s=None if ask.event_at is None else max(0.0, ask.made_at - ask.event_at),
    )


def make_list(made: Plan, hits: Sequence[Hits | None], ask: Ask, world: World) -> RecommendationList:
    """`rank`, then `written`."""
    return written(rank(made, hits, ask, world), ask, world)


def _item(place: Place, ranking: Ranking, catalogue: Catalogue, grades: Mapping[int, int]) -> RecommendedItem:
    item_id, title = catalogue.rows.id_of(place.row), catalogue.title(place.row)
    if place.pool_at == UNKNOWN:
        return RecommendedItem(item_id, title, round(place.score, 4), place.source, reason_for(place.source, None))
    pool, names = ranking.pool, ranking.names
    at = place.pool_at
    row = int(pool.causes[at, names.index(place.source)])
    cause = Cause(catalogue.rows.id_of(row), catalogue.title(row), grades[row]) if row in grades else None
    sources = {names[s]: round(float(pool.scores[at, s]), 4) for s in np.flatnonzero(pool.proposed[at])}
    reason = reason_for(place.source, cause)
    return RecommendedItem(item_id, title, round(place.score, 4), place.source, reason, sources)
