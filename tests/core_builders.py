"""Small makers for tests of the core: events, items with chosen vectors, worlds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Hits
from streams.core.features import COLUMN
from streams.core.lists import make_list
from streams.core.profile import EMPTY, Arrival, Profile, fold, signal_of
from streams.core.recommend import Ask, Ranking, World, plan
from streams.core.statistics import ItemCounters
from streams.core.tuning import DAY_S, Tuning
from streams.events import Action, Attribute, BehaviourEvent, EncodedItem, ItemCard, Lineage, RecommendationList

NOW = 1_700_000_000.0
DIMENSION = 16


def event(  # noqa: PLR0917 - a builder: tests name what they mean
    event_id: str,
    item_id: str = "a",
    action: Action = Action.LIKE,
    at: float = NOW,
    value: float | None = None,
    user_id: str = "u",
    surface: str | None = None,
) -> BehaviourEvent:
    context: dict[str, Attribute] = {} if surface is None else {"surface": surface}
    return BehaviourEvent(event_id, user_id, item_id, action, at, value, context=context)


def arrivals(events: Iterable[BehaviourEvent], start: int = 0, epoch: int = 1, partition: int = 0) -> list[Arrival]:
    """Records at consecutive offsets."""
    return [Arrival(one, epoch, partition, offset) for offset, one in enumerate(events, start)]


def folded(events: Iterable[BehaviourEvent], tuning: Tuning | None = None, onto: Profile = EMPTY) -> Profile:
    return fold(onto, arrivals(events, start=onto.offset + 1), tuning or Tuning())[0]


def direction(seed: int, noise: float = 0.0, noise_seed: int = 0, dimension: int = DIMENSION) -> NDArray[np.float32]:
    """A unit vector: a random direction named by `seed`, moved a little."""
    base = np.random.default_rng(seed).normal(size=dimension)
    moved = base / np.linalg.norm(base) + noise * np.random.default_rng(10_000 + noise_seed).normal(size=dimension)
    return (moved / np.linalg.norm(moved)).astype(np.float32)


def encoded(
    item_id: str,
    vector: NDArray[np.float32] | None = None,
    *,
    title: str | None = None,
    tags: tuple[str, ...] = (),
    creator: str | None = None,
    published_at: float = NOW - 1000,
    expires_at: float | None = None,
    version: str = "v1",
    language: str | None = None,
) -> EncodedItem:
    return EncodedItem(
        card=ItemCard(
            item_id,
            f"Title {item_id}" if title is None else title,
            tags=tags,
            creator=creator,
            language=language,
            published_at=published_at,
            expires_at=expires_at,
        ),
        vector=(direction(0) if vector is None else vector).astype("<f2").tobytes(),
        modalities=("text",),
        encoder_version=version,
        content_hash="",
        media_hash="",
        source_partition=0,
        source_offset=0,
        content_at=published_at,
        encoded_at=published_at,
    )


def world_of(items: Iterable[EncodedItem], tuning: Tuning | None = None) -> World:
    world = World.empty(tuning or Tuning())
    for item in items:
        world.catalogue.upsert(item)
    return world


def themed(themes: int = 4, each: int = 10) -> list[EncodedItem]:
    """Items t0-0, t0-1, … in themes: near each other within one, far between; tagged and titled after it."""
    return [
        encoded(
            f"t{theme}-{n}",
            direction(theme + 1, noise=0.08, noise_seed=theme * 1000 + n),
            tags=(f"theme {theme}",),
            creator=f"creator {n % 5}",
            published_at=NOW - 90 * DAY_S,
        )
        for theme in range(themes)
        for n in range(each)
    ]


def visits(
    world: World, histories: Sequence[Sequence[str]], at: float = NOW, surfaces: Sequence[str | None] = (None,)
) -> None:
    """Let one visitor per history like its items in turn, on one of `surfaces` after another, and count it."""
    counters: dict[str, ItemCounters] = {}
    offsets = count()
    for user, history in enumerate(histories):
        profile = EMPTY
        for step, item_id in enumerate(history):
            surface = surfaces[user % len(surfaces)]
            liked = event(f"{user}-{step}", item_id, at=at + step, user_id=f"visitor-{user}", surface=surface)
            arrival = Arrival(liked, 1, 0, next(offsets))
            profile = fold(profile, [arrival], world.tuning)[0]
            counter = counters.setdefault(item_id, ItemCounters.empty(item_id, world.tuning))
            counter.count([signal_of(profile, arrival, world.tuning)], world.tuning)
    for counter in counters.values():
        world.statistics.apply(counter.publish(world.tuning))


def crowded() -> World:
    """The themed items after forty visitors, each of whom liked four of one theme a day ago."""
    made = world_of(themed())
    visits(made, [[f"t{n % 4}-{m}" for m in range(n % 7, n % 7 + 4)] for n in range(40)], at=NOW - DAY_S)
    return made


def ask(user_id: str = "u", offset: int = 0, at: float = NOW + 100, **more: object) -> Ask:
    return Ask(user_id, "behaviour", Lineage(0, offset), at, **more)  # type: ignore[arg-type]  # Ask's own fields


def exact_hits(world: World, profile: Profile, most: int = 50) -> list[Hits]:
    """What a perfect vector index would answer."""
    rows = world.catalogue.live()
    vectors = world.catalogue.vectors(rows)
    answers = []
    for centroid in plan(profile, world).vectors():
        cosines = vectors @ centroid
        best = np.argsort(-cosines, kind="stable")[:most]
        answers.append(Hits([world.catalogue.rows.id_of(int(rows[at])) for at in best], cosines[best].tolist()))
    return answers


def by_item(ranking: Ranking, column: NDArray[np.generic]) -> dict[str, float]:
    """A column beside the candidates [n], by their ids."""
    ids = ranking.context.catalogue.rows.ids_of(ranking.scored.pool.rows.tolist())
    return dict(zip(ids, column.tolist(), strict=True))


def feature_of(ranking: Ranking, name: str) -> dict[str, float]:
    """What the ranker was told of each candidate under one name."""
    return by_item(ranking, ranking.scored.features[:, COLUMN[name]])


def listed(world: World, profile: Profile, asked: Ask | None = None) -> RecommendationList:
    """A list with every source answering."""
    return make_list(plan(profile, world), exact_hits(world, profile), asked or ask(), world)


def ids(made: RecommendationList) -> list[str]:
    return [item.item_id for item in made.items]
