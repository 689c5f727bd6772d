"""Rankings as wire events: titles, scores, sources and reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, repeat

from streams.core.candidates.base import NO_CAUSE, Asked, Candidates, Hits
from streams.core.candidates.caused import nearest_liked
from streams.core.candidates.registry import PUSHED
from streams.core.hashing import digest
from streams.core.places import DIGITS
from streams.core.reasons import Cause, reason_for
from streams.core.recommend import Ask, Plan, Ranking, World, rank
from streams.events import Reason, RecommendationList, RecommendedItem


def make_list(made: Plan, hits: Sequence[Hits | None], ask: Ask, world: World) -> RecommendationList:
    """`rank`, then `written`."""
    return written(rank(made, hits, ask, world), ask, world)


def written(ranking: Ranking, ask: Ask, world: World) -> RecommendationList:
    """`written_all` for one."""
    return written_all([ranking], [ask], world)[0]


def written_all(rankings: Sequence[Ranking], asks: Sequence[Ask], world: World) -> list[RecommendationList]:
    """The lists. `list_id` hashes what it was asked for and with which models, so a list made again after a crash has
    the same id; `freshness_s` is given when `ask.event_at` is.
    """
    encoder, ranker = world.catalogue.encoder_version, world.ranker.version
    return [
        RecommendationList(
            list_id=digest(*ask.identity, encoder, ranker),
            user_id=ask.user_id,
            made_at=ask.made_at,
            trigger=ask.trigger,
            items=items,
            encoder_version=encoder,
            ranker_version=ranker,
            lineage=ask.lineage,
            surface=ask.surface,
            variant=ask.variant,
            degraded=ranking.degraded,
            request_id=ask.request_id,
            event_at=ask.event_at,
            freshness_s=None if ask.event_at is None else max(0.0, ask.made_at - ask.event_at),
            pushed_for=None if ask.limits.lead is None else ask.limits.lead.item_id,
        )
        for ranking, ask, items in zip(rankings, asks, _items(rankings, world), strict=True)
    ]


def _items(rankings: Sequence[Ranking], world: World) -> list[tuple[RecommendedItem, ...]]:
    """The items of each list, made column by column for all of them."""
    catalogue = world.catalogue
    causes = _causes(rankings, world)
    reasons = [
        reason for ranking, known in zip(rankings, causes, strict=True) for reason in _reasons(ranking, known, world)
    ]
    places = [place for ranking in rankings for place in ranking.places]
    rows, scores, sources, _, told = zip(*places, strict=True) if places else ((),) * 5
    ids, titles = catalogue.rows.ids_of(rows), catalogue.titles(rows)
    made = map(RecommendedItem, ids, titles, map(round, scores, repeat(DIGITS)), sources, reasons, told)
    return [tuple(islice(made, len(ranking.places))) for ranking in rankings]


def _reasons(ranking: Ranking, causes: dict[int, int], world: World) -> list[Reason]:
    """Of each place, from the `causes` by row."""
    catalogue, taste = world.catalogue, ranking.context.taste
    grades = dict(zip(taste.liked.tolist(), taste.grades.tolist(), strict=True))
    known: dict[int, Cause] = {}  # the same act is behind several places
    found = []
    for place in ranking.places:
        row = causes.get(place.row, NO_CAUSE)
        if row in grades and row not in known:
            known[row] = Cause(catalogue.rows.id_of(row), catalogue.title(row), grades[row])
        found.append(reason_for(place.source, known.get(row)))
    return found


def _causes(rankings: Sequence[Ranking], world: World) -> list[dict[int, int]]:
    """For each list, by row of a place, the row that it came from. Each source is asked once for all its places."""
    causes: list[dict[int, int]] = [{} for _ in rankings]
    rows: defaultdict[str, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, ranking in enumerate(rankings):
        for place in ranking.places:
            rows[place.source][at].append(place.row)

    for column, source in enumerate(world.sources):
        of = rows[source.name]
        asked = [Asked(mine, rankings[at].scored.pool.given[column], rankings[at].context) for at, mine in of.items()]
        for (at, mine), found in zip(of.items(), source.causes(asked) if asked else (), strict=True):
            causes[at].update(zip(mine, found, strict=True))
    for name in PUSHED.values():
        for at, mine in rows[name].items():
            asked = [Asked(mine, Candidates.none(), rankings[at].context)]
            causes[at].update(zip(mine, nearest_liked(asked)[0], strict=True))
    return causes
