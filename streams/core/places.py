"""Give the places of a list to candidates: best first, diverse, capped, one kept for a try, none left empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.core.attribution import main_sources
from streams.core.backfill import backfilled
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pool
from streams.core.candidates.registry import BACKFILL, SOURCE_NAMES
from streams.core.diversity import Caps, diversified
from streams.core.profile import Profile
from streams.core.rows import UNKNOWN
from streams.core.rules import Limits, scaled_cap
from streams.core.vector_table import Vectors

MMR_POOL = 4  # candidates per place that diversity chooses from
EXPLORE_FROM = 5  # a shorter list keeps no place for exploration
_EXPLORATION = SOURCE_NAMES.index("exploration")


@dataclass(frozen=True, slots=True)
class Place:
    """A row, its score, the source it owes its place to, and where it stands in the pool (UNKNOWN = not in it)."""

    row: int
    score: float
    source: str
    pool_at: int


@dataclass(frozen=True, slots=True)
class Scored:
    """The pool with `vectors` float32[n, d], `features` and `contributions` float32[n, f] beside its rows."""

    pool: Pool
    vectors: Vectors
    features: Floats
    contributions: Floats


def places_of(scored: Scored, context: Context, profile: Profile, wanted: int, limits: Limits) -> list[Place]:
    """At most `wanted` places; fewer only when nothing else is allowed."""
    tuning, pool, contributions = context.tuning, scored.pool, scored.contributions
    scores = contributions.sum(axis=1)
    order = np.lexsort((context.catalogue.hashes(pool.rows), -scores))
    tried = _tries(pool, tuning.explore_places if wanted >= EXPLORE_FROM else 0)
    for at in tried:
        order = order[order != at]
    top = order[: MMR_POOL * wanted]
    free = wanted - len(tried)
    caps = () if limits.tags else _caps(pool, top, context, wanted)
    chosen = [int(top[at]) for at in diversified(scores[top], scored.vectors[top], caps, free, tuning.diversity)]
    if len(chosen) < free:  # the caps closed everything: rather more of a kind than a short list
        taken = set(chosen)
        chosen += [at for at in order.tolist() if at not in taken][: free - len(chosen)]
    main = main_sources(pool, contributions, chosen)
    places = [
        Place(int(pool.rows[at]), float(scores[at]), SOURCE_NAMES[source], at)
        for at, source in zip(chosen, main.tolist(), strict=True)
    ]
    places += [Place(int(pool.rows[at]), float(scores[at]), "exploration", at) for at in tried]
    if len(places) < wanted:
        least = min((place.score for place in places), default=0.0)
        extra = backfilled({place.row for place in places}, wanted - len(places), context, profile, limits)
        places += [Place(row, least - n, BACKFILL, UNKNOWN) for n, row in enumerate(extra, start=1)]
    return places


def _tries(pool: Pool, places: int) -> list[int]:
    """Where in the pool the items drawn for exploration stand, best first, at most `places`."""
    drawn = np.flatnonzero(pool.proposed[:, _EXPLORATION])
    return [int(at) for at in drawn[np.argsort(-pool.scores[drawn, _EXPLORATION], kind="stable")][:places]]


def _caps(
    pool: Pool, top: np.ndarray[tuple[int], np.dtype[np.intp]], context: Context, wanted: int
) -> tuple[Caps, ...]:
    rows, tuning, usual = pool.rows[top], context.tuning, context.tuning.list_size
    return (
        Caps(context.catalogue.tags(rows)[:, 0], scaled_cap(tuning.cap_per_tag, wanted, usual)),
        Caps(context.catalogue.creators(rows), scaled_cap(tuning.cap_per_creator, wanted, usual)),
    )
