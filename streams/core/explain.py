"""Why an item is, or is not, in a user's list: the stage at which it was decided, with the figures that decided.

Reads the very ranking that a list is written from, so an explanation cannot tell another story than the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np

from streams.core.actions import action_of, refuses
from streams.core.business import BusinessRules
from streams.core.candidates.base import Hits
from streams.core.caps import scaled_cap, tag_caps
from streams.core.catalogue import NO_TAG, Catalogue
from streams.core.drafts import MMR_POOL
from streams.core.exposure import rests
from streams.core.features import FEATURES
from streams.core.hashing import item_hash
from streams.core.lists import written
from streams.core.recommend import Ask, Plan, Ranking, World, rank
from streams.core.rows import UNKNOWN
from streams.core.rules import allowed
from streams.core.segments import Segments
from streams.events import RecommendedItem

DIGITS: Final = 4


class Stage(StrEnum):
    """Where an item's way into a list ended, in the order of the way."""

    ABSENT = "absent"  # never published, or deleted
    EXPIRED = "expired"
    USED = "used"  # the user had it, or refused it
    RESTING = "resting"  # shown too often and ignored
    EXCLUDED = "excluded"  # the request asked for others
    BLOCKED = "blocked"  # by a business rule
    NOT_PROPOSED = "not_proposed"  # no source brought it
    OUTRANKED = "outranked"
    CAPPED = "capped"  # its tag or creator has its places already
    TOO_ALIKE = "too_alike"  # diversity preferred another
    LISTED = "listed"


class Weighed(msgspec.Struct, frozen=True):
    """A feature's value for the item, and what it added to the score."""

    feature: str
    value: float
    added: float


class Explanation(msgspec.Struct, frozen=True):
    """`rank` counts from 1 among the `candidates` by score, `place` from 1 in the list; `why` is a sentence for people.

    `weighed` has what moved the score most first; empty for an item that was no candidate.
    """

    user_id: str
    item_id: str
    title: str
    stage: Stage
    why: str
    encoder_version: str
    ranker_version: str
    candidates: int
    place: int | None = None
    rank: int | None = None
    score: float | None = None
    sources: dict[str, float] = {}
    weighed: tuple[Weighed, ...] = ()
    listed: tuple[RecommendedItem, ...] = ()


def explain(item_id: str, made: Plan, hits: Sequence[Hits | None], ask: Ask, world: World) -> Explanation:
    """What became of an item in the list that `ask` gets now."""
    ranking = rank(made, hits, ask, world)
    listed = written(ranking, ask, world).items
    catalogue = world.catalogue
    row = catalogue.rows.find(item_id)
    card = catalogue.card(row)
    told = Explanation(
        user_id=ask.user_id,
        item_id=item_id,
        title="" if card is None else catalogue.title(row),
        stage=Stage.ABSENT,
        why="",
        encoder_version=catalogue.encoder_version,
        ranker_version=world.ranker.version,
        candidates=len(ranking.scored.pool.rows),
        listed=listed,
    )
    place = next((n for n, item in enumerate(listed) if item.item_id == item_id), None)
    at = _in_pool(row, ranking)
    if at is not None:
        told = _with_score(told, at, ranking, world)
    if place is not None:
        return msgspec.structs.replace(told, stage=Stage.LISTED, why=listed[place].reason.text, place=place + 1)
    if at is None:
        stage, why = _never_a_candidate(item_id, row, ranking, ask, world.business)
    else:
        stage, why = _not_chosen(at, told, ranking, ask)
    return msgspec.structs.replace(told, stage=stage, why=why)


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _in_pool(row: int, ranking: Ranking) -> int | None:
    """Where among the candidates the row stands."""
    if row == UNKNOWN:
        return None
    found = np.flatnonzero(ranking.scored.pool.rows == row)
    return int(found[0]) if len(found) else None


def _with_score(told: Explanation, at: int, ranking: Ranking, world: World) -> Explanation:
    scored = ranking.scored
    scores = scored.scores
    lift, business = float(scored.lift[at]), 0.0 if scored.business is None else float(scored.business[at])
    added = scored.contributions[at].tolist()
    moved = [
        ("business rules", business, business),
        ("cold_lift", lift, lift),
        *zip(FEATURES, scored.features[at].tolist(), added, strict=True),
    ]
    names = [source.name for source in world.sources]
    return msgspec.structs.replace(
        told,
        rank=int(np.count_nonzero(scores > scores[at])) + 1,
        score=round(float(scores[at]), DIGITS),
        sources={
            name: round(float(scored.pool.scores[at, n]), DIGITS)
            for n, name in enumerate(names)
            if scored.pool.proposed[at, n]
        },
        weighed=tuple(
            Weighed(name, round(value, DIGITS), round(by, DIGITS))
            for name, value, by in sorted(moved, key=lambda one: -abs(one[2]))
            if by != 0
        ),
    )


def _never_a_candidate(  # noqa: PLR0911  # one return per stage reads best
    item_id: str, row: int, ranking: Ranking, ask: Ask, business: BusinessRules
) -> tuple[Stage, str]:
    context = ranking.context
    catalogue = context.catalogue
    if row == UNKNOWN or catalogue.card(row) is None:
        return Stage.ABSENT, "it is not in the catalogue: never published to the content topic, or deleted"
    rows = np.array([row], dtype=np.int32)
    if not catalogue.eligible(rows, context.now)[0]:
        return Stage.EXPIRED, "the item's expires_at has passed"
    grade = next((act.grade for act in reversed(context.profile.acts) if act.item_id == item_id), None)
    if row in context.taste.used or item_hash(item_id) in context.profile.seen:
        if grade is None:
            return Stage.USED, "the user had or refused the item longer ago than the history reaches"
        action = action_of(grade)
        told = "refused the item" if refuses(action) else "had the item already"
        return Stage.USED, f"the user {told} (last act: {action.value}); such items are never shown again"
    shown, until = rests(item_hash(item_id), context.profile, context.tuning)
    if context.now < until:
        return Stage.RESTING, (
            f"the user was shown it {shown} times and ignored it: it rests until {_utc(until)} (exposure_cap)"
        )
    standing, card = business.on(ask.surface, ask.made_at), catalogue.card(row)
    if standing is not None and card is not None and (rule := standing.verdict(row, card).blocked_by):
        return Stage.BLOCKED, f"the business rule {rule!r} keeps it out of lists of the surface {ask.surface!r}"
    if not allowed(rows, Segments.one(1), [context], [ask.limits])[0]:
        return Stage.EXCLUDED, "the request excludes the item, or asks for other tags"
    return Stage.NOT_PROPOSED, (
        f"no source brought it into the {len(ranking.scored.pool.rows)} candidates: it is not near the user's "
        "interests, not liked together with what they like, not leading, and not among the fresh items closest to them"
    )


def _not_chosen(at: int, told: Explanation, ranking: Ranking, ask: Ask) -> tuple[Stage, str]:
    """A candidate that got no place: too far down, capped, or too like one that got a place."""
    context = ranking.context
    tuning, catalogue = context.tuning, context.catalogue
    places = tuning.list_size if ask.places is None else ask.places
    scores = ranking.scored.scores
    ranked = [place for place in ranking.places if place.pool_at != UNKNOWN]
    beaten = [place for place in ranked if scores[place.pool_at] < scores[at]]
    where = f"rank {told.rank} of {told.candidates} candidates"
    if told.rank is None or told.rank > MMR_POOL * places or not beaten:
        return Stage.OUTRANKED, f"{where}: the chosen ones scored higher"
    row = int(ranking.scored.pool.rows[at])
    if not ask.limits.tags:
        capped = _cap_reached(row, [place.row for place in ranking.places], catalogue, places, ranking)
        if capped:
            return Stage.CAPPED, f"{where}, but {capped}"
    vectors = catalogue.vectors(np.array([row, *(place.row for place in ranked)], dtype=np.int32))
    nearest = int((vectors[1:] @ vectors[0]).argmax())
    cosine = float(vectors[1 + nearest] @ vectors[0])
    title = catalogue.title(ranked[nearest].row)
    return Stage.TOO_ALIKE, f"{where}, but it is like “{title}” (cosine {cosine:.2f}): diversity preferred another"


def _cap_reached(row: int, listed: Sequence[int], catalogue: Catalogue, places: int, ranking: Ranking) -> str:
    """Which cap the item ran into; "" for none."""
    tuning = ranking.context.tuning
    rows = np.array([row, *listed], dtype=np.int32)
    tags, liked = catalogue.tags(rows)[:, 0].copy(), catalogue.tags(ranking.context.taste.liked)[:, 0].copy()
    per_tag, per_creator = (
        scaled_cap(cap, places, tuning.list_size) for cap in (tuning.cap_per_tag, tuning.cap_per_creator)
    )
    kinds = (
        ("first tag", int(tag_caps(tags[:1], liked, per_tag, tuning.cap_of_taste * places)[0]), tags),
        ("creator", per_creator, catalogue.creators(rows)),
    )
    for kind, cap, labels in kinds:
        if labels[0] != NO_TAG and int(np.count_nonzero(labels[1:] == labels[0])) >= cap:
            return f"its {kind} has the {cap} places it may have"
    return ""
