"""A ranking as a wire event: titles, scores, sources and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from streams.core.candidates.base import Hits
from streams.core.candidates.registry import SOURCE_NAMES
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
    taste = ranking.context.taste
    grades = dict(zip(taste.liked.tolist(), taste.grades.tolist(), strict=True))
    catalogue = world.catalogue
    return RecommendationList(
        list_id=digest(*ask.identity, catalogue.encoder_version, world.ranker.version),
        user_id=ask.user_id,
        made_at=ask.made_at,
        trigger=ask.trigger,
        items=tuple([_item(place, ranking, world, grades) for place in ranking.places]),
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


def _item(place: Place, ranking: Ranking, world: World, grades: Mapping[int, int]) -> RecommendedItem:
    catalogue, pool = world.catalogue, ranking.scored.pool
    item_id, title, score = catalogue.rows.id_of(place.row), catalogue.title(place.row), round(place.score, DIGITS)
    if place.pool_at == UNKNOWN:
        return RecommendedItem(item_id, title, score, place.source, reason_for(place.source, None))
    column = SOURCE_NAMES.index(place.source)
    row = world.sources[column].cause(place.row, pool.given[column], ranking.context)
    cause = Cause(catalogue.rows.id_of(row), catalogue.title(row), grades[row]) if row in grades else None
    by_source = pool.scores[place.pool_at].tolist()
    sources = {SOURCE_NAMES[at]: round(by_source[at], DIGITS) for at in np.flatnonzero(pool.proposed[place.pool_at])}
    return RecommendedItem(item_id, title, score, place.source, reason_for(place.source, cause), sources)
