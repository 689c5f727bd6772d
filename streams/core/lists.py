"""A ranking as a wire event: titles, scores, sources and reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import Hits
from streams.core.candidates.pool import Pool
from streams.core.candidates.registry import PUSHED, SOURCE_NAMES
from streams.core.hashing import digest
from streams.core.places import Place
from streams.core.reasons import Cause, reason_for
from streams.core.recommend import Ask, Plan, Ranking, World, rank
from streams.core.rows import UNKNOWN
from streams.events import RecommendationList, RecommendedItem

DIGITS = 4


def make_list(made: Plan, hits: Sequence[Hits | None], ask: Ask, world: World) -> RecommendationList:
    """`rank`, then `written`."""
    return written(rank(made, hits, ask, world), ask, world)


def written(ranking: Ranking, ask: Ask, world: World) -> RecommendationList:
    """The list. `list_id` hashes what it was asked for and with which models, so a list made again after a crash has
    the same id; `freshness_s` is given when `ask.event_at` is.
    """
    catalogue = world.catalogue
    return RecommendationList(
        list_id=digest(*ask.identity, catalogue.encoder_version, world.ranker.version),
        user_id=ask.user_id,
        made_at=ask.made_at,
        trigger=ask.trigger,
        items=_items(ranking, world),
        encoder_version=catalogue.encoder_version,
        ranker_version=world.ranker.version,
        lineage=ask.lineage,
        surface=ask.surface,
        variant=ask.variant,
        degraded=ranking.degraded,
        request_id=ask.request_id,
        event_at=ask.event_at,
        freshness_s=None if ask.event_at is None else max(0.0, ask.made_at - ask.event_at),
        pushed_for=None if ask.limits.lead is None else ask.limits.lead.item_id,
    )


def _items(ranking: Ranking, world: World) -> tuple[RecommendedItem, ...]:
    catalogue, places = world.catalogue, ranking.places
    causes = _causes(ranking, world)
    return tuple(
        [
            RecommendedItem(
                catalogue.rows.id_of(place.row),
                catalogue.title(place.row),
                round(place.score, DIGITS),
                place.source,
                reason_for(place.source, causes.get(place.row)),
                sources,
            )
            for place, sources in zip(places, _sources(ranking.scored.pool, places), strict=True)
        ]
    )


def _sources(pool: Pool, places: Sequence[Place]) -> list[dict[str, float]]:
    """For each place what every source that proposed its item gave it; nothing for a place that was filled up."""
    told: list[dict[str, float]] = [{} for _ in places]
    proposed = [n for n, place in enumerate(places) if place.pool_at != UNKNOWN]
    at = np.array([places[n].pool_at for n in proposed], dtype=np.intp)
    given, source = pool.proposed[at].nonzero()
    scores = pool.scores[at[given], source].astype(np.float64).round(DIGITS)
    for n, name, score in zip(given.tolist(), source.tolist(), scores.tolist(), strict=True):
        told[proposed[n]][SOURCE_NAMES[name]] = score
    return told


def _causes(ranking: Ranking, world: World) -> dict[int, Cause]:
    """By row of a place the act it came from, where there is one. Each source is asked once for all its places."""
    context, catalogue = ranking.context, world.catalogue
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for place in ranking.places:
        rows[place.source].append(place.row)
    grades = dict(zip(context.taste.liked.tolist(), context.taste.grades.tolist(), strict=True))
    known: dict[int, Cause] = {}  # the same act is behind several places
    causes: dict[int, Cause] = {}

    def because(row: int, cause: int) -> None:
        if cause in grades and cause not in known:
            known[cause] = Cause(catalogue.rows.id_of(cause), catalogue.title(cause), grades[cause])
        if cause in known:
            causes[row] = known[cause]

    for source, given in zip(world.sources, ranking.scored.pool.given, strict=True):
        if mine := rows.get(source.name):
            for row, cause in zip(mine, source.causes(mine, given, context), strict=True):
                because(row, cause)
    for name in PUSHED.values():
        if mine := rows.get(name):
            because(mine[0], context.nearest_liked(mine)[0])
    return causes
