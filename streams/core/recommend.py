"""From a profile to a list, in two steps with the vector search between them.

`plan` says which vectors to search; `rank` chooses items from the answers; `written` (lists.py) puts them on the wire.
All are functions of their arguments: the same arguments give the same list and the same list id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from streams.core.candidates.base import Context, Floats, Hits, Source
from streams.core.candidates.pool import lined_up
from streams.core.candidates.registry import SOURCE_NAMES, SOURCES
from streams.core.catalogue import Catalogue
from streams.core.features import features_of
from streams.core.hashing import digest
from streams.core.interests import Interest, interests_of
from streams.core.places import Place, Scored, places_of
from streams.core.profile import Profile
from streams.core.ranking import HandSetRanker, Ranker
from streams.core.rules import ANYTHING, Limits, allowed
from streams.core.statistics_view import StatisticsView
from streams.core.taste import Taste, taste_of
from streams.core.tuning import Tuning
from streams.events import Lineage


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
        return (self.user_id, self.surface, self.variant, self.request_id, self.places, *where)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The chosen places and everything they were chosen from; rows are valid until the catalogue changes."""

    places: list[Place]
    scored: Scored
    context: Context
    degraded: tuple[str, ...]

    def candidates(self) -> dict[str, int]:
        """How many candidates each source proposed that the rules let through."""
        return dict(zip(SOURCE_NAMES, self.scored.pool.proposed.sum(axis=0).tolist(), strict=True))


def plan(profile: Profile, world: World) -> Plan:
    """The user's interests now. Doesn't depend on the clock, so a plan moves only when the user or the space does."""
    catalogue = world.catalogue
    taste = taste_of(profile, catalogue, world.tuning)
    interests = interests_of(taste, catalogue, world.tuning)
    return Plan(profile, interests, catalogue.encoder_version, taste, catalogue.edition)


def fresh_scores(plans: Sequence[Plan], world: World) -> list[Floats | None]:
    """`Context.fresh_scores` of many users in one matrix product, to be handed to `rank` at once, without an await
    between. None for a plan that `rank` will have to make again.
    """
    pool = world.catalogue.fresh
    current = [p.interests if p.encoder_version == world.catalogue.encoder_version else () for p in plans]
    centroids = [interest.centroid for interests in current for interest in interests]
    if not centroids or not len(pool.rows):
        return [None] * len(plans)
    cosines = np.stack(centroids) @ pool.vectors.T
    scores: list[Floats | None] = []
    at = 0
    for interests in current:
        scores.append(cosines[at : at + len(interests)].max(axis=0) if interests else None)
        at += len(interests)
    return scores


def rank(made: Plan, hits: Sequence[Hits | None], ask: Ask, world: World, fresh: Floats | None = None) -> Ranking:
    """Choose the items. `hits` lie beside `made.interests`; None where the vector index could not be asked."""
    catalogue, tuning = world.catalogue, world.tuning
    if made.encoder_version != catalogue.encoder_version:
        # The catalogue changed encoders while the search was under way: its answers belong to the old space.
        made, hits, fresh = plan(made.profile, world), (), None
    answers: list[Hits | None] = [*hits, *[None] * (len(made.interests) - len(hits))]
    context = Context(
        taste=made.taste if made.edition == catalogue.edition else taste_of(made.profile, catalogue, tuning),
        interests=made.interests,
        hits=answers,
        catalogue=catalogue,
        statistics=world.statistics,
        tuning=tuning,
        now=ask.made_at,
        seed=int(digest(*ask.identity)[:16], 16),
        fresh_given=fresh,
    )
    pool = lined_up([source.propose(context) for source in world.sources], catalogue.scratch)
    pool = pool.only(allowed(pool.rows, context, made.profile, ask.limits))
    vectors = catalogue.vectors(pool.rows)
    features = features_of(pool, vectors, context, made.profile)
    wanted = tuning.list_size if ask.places is None else ask.places
    scored = Scored(pool, vectors, features, world.ranker.contributions(features))
    places = places_of(scored, context, made.profile, wanted, ask.limits)
    degraded = ("interest",) if any(answer is None for answer in answers) else ()
    return Ranking(places, scored, context, degraded)
