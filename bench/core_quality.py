"""How good are the core's lists: a prequential check on the films of movielens-small, without Kafka or Milvus.

Test, then learn, rating by rating in time order, on the functions the agents run: of each rating that counts as liking,
was the film in the list made just before? All films are published before the first rating, as of the year in their
title: a film that came with its first rating would give itself away by being the newest. Vectors are the encoder's, of
their title, plot and genres. Each rating is its own moment; ties in time fall in the file's order.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.core.actions import is_positive
from streams.core.candidates.base import Hits
from streams.core.prequential import Tally, popular
from streams.core.profile import EMPTY, Arrival, Outcome, Profile, fold, signal_of
from streams.core.ranking import HandSetRanker
from streams.core.recommend import Ask, Plan, World, plan, rank
from streams.core.statistics import ItemCounters
from streams.core.tuning import DAY_S, Tuning
from streams.core.vectors import wire_bytes
from streams.events import Action, BehaviourEvent, EncodedItem, ItemCard, Lineage

Encode = Callable[[list[str]], NDArray[np.float32]]
COLD_BELOW = 5


@dataclass(frozen=True, slots=True)
class Film:
    """A line of movies.csv with its plot and director."""

    item_id: str
    title: str
    genres: tuple[str, ...]
    plot: str
    director: str

    @property
    def text(self) -> str:
        return f"{self.title}. {self.plot}. {', '.join(self.genres)}"

    @property
    def published_at(self) -> float:
        """1 January of the year that ends the title (1990 when there is none), Unix s."""
        year = re.search(r"\((\d{4})\)\s*$", self.title)
        return ((int(year[1]) if year else 1990) - 1970) * 365.2425 * DAY_S


@dataclass(slots=True)
class Method:
    """Hits of one method over all tested ratings, and over those of cold films."""

    all: Tally = field(default_factory=Tally)
    cold: Tally = field(default_factory=Tally)


def films(folder: Path) -> dict[str, Film]:
    with (folder / "plots.csv").open(encoding="utf-8") as lines:
        plots = {line["movieId"]: line for line in csv.DictReader(lines)}
    with (folder / "movies.csv").open(encoding="utf-8") as lines:
        return {
            line["movieId"]: Film(
                line["movieId"],
                line["title"],
                tuple(line["genres"].split("|")),
                plots.get(line["movieId"], {}).get("plot", ""),
                plots.get(line["movieId"], {}).get("director", ""),
            )
            for line in csv.DictReader(lines)
        }


def ratings(folder: Path, least: float) -> list[tuple[float, str, str, float]]:
    """(time, user, film, stars) in time order, those from `least` stars on."""
    with (folder / "ratings.csv").open(encoding="utf-8") as lines:
        read = [
            (float(line["timestamp"]), line["userId"], line["movieId"], float(line["rating"]))
            for line in csv.DictReader(lines)
        ]
    return sorted((one for one in read if one[3] >= least), key=lambda one: one[0])


class Search:
    """The vector index's part, exactly, over all items so far."""

    def __init__(self, dimension: int) -> None:
        self._ids: list[str] = []
        self._vectors = np.zeros((16_384, dimension), dtype=np.float32)

    def add(self, item_id: str, vector: NDArray[np.float32]) -> None:
        self._vectors[len(self._ids)] = vector
        self._ids.append(item_id)

    def hits(self, made: Plan, k: int) -> list[Hits]:
        answers = []
        for centroid in made.vectors():
            cosines = self._vectors[: len(self._ids)] @ centroid
            best = np.argsort(-cosines, kind="stable")[:k]
            answers.append(Hits([self._ids[at] for at in best], cosines[best].tolist()))
        return answers


def measure(
    folder: Path,
    vectors: Mapping[str, NDArray[np.float32]],
    tuning: Tuning,
    *,
    weights: Mapping[str, float] | None = None,
    least: float = 0.5,
    warmup: float = 0.3,
    every: int = 1,
    progress: Callable[[int], object] = lambda _: None,
) -> dict[str, Method]:
    """Hit rate and NDCG of Upwell's and popularity's lists. `every`: test only users whose hash is 0 modulo this."""
    catalogue = films(folder)
    events = ratings(folder, least)
    world = World.empty(tuning) if weights is None else _with_weights(tuning, weights)
    search = Search(len(next(iter(vectors.values()))))
    profiles: defaultdict[str, Profile] = defaultdict(lambda: EMPTY)
    counters: dict[str, ItemCounters] = {}
    methods = {"upwell": Method(), "popularity": Method()}
    for one in sorted(catalogue.values(), key=lambda one: one.published_at):
        search.add(one.item_id, vectors[one.item_id])
        world.catalogue.upsert(_encoded(one, vectors[one.item_id]))
    for offset, (at, user, film, stars) in enumerate(events):
        progress(offset)
        profile = profiles[user]
        tested = offset >= warmup * len(events) and is_positive(Action.RATING, stars) and _hash(user) % every == 0
        if tested and film not in {act.item_id for act in profile.acts}:
            made = plan(profile, world)
            ask = Ask(user, "rating", Lineage(0, offset), at)
            ranking = rank(made, search.hits(made, tuning.interest_candidates), ask, world)
            ids = world.catalogue.rows.id_of
            acts = world.statistics.acts(world.catalogue.rows.find_all([film]))[0]
            for name, listed in (
                ("upwell", [ids(place.row) for place in ranking.places]),
                ("popularity", popular(profile, world, tuning.list_size, at)),
            ):
                methods[name].all.add(listed, film)
                if acts < COLD_BELOW:
                    methods[name].cold.add(listed, film)
        event = BehaviourEvent(f"{user}-{film}", user, film, Action.RATING, at, stars)
        arrival = Arrival(event, 0, 0, offset)
        profiles[user], outcomes = fold(profile, [arrival], tuning)
        if outcomes[0] is not Outcome.DUPLICATE:
            counter = counters.get(film) or counters.setdefault(film, ItemCounters.empty(film, tuning))
            counter.count([signal_of(profiles[user], arrival, tuning)], tuning)
            world.statistics.apply(counter.publish(tuning))
    return methods


def _with_weights(tuning: Tuning, weights: Mapping[str, float]) -> World:
    world = World.empty(tuning)
    return World(world.catalogue, world.statistics, tuning, HandSetRanker(weights))


def _hash(text: str) -> int:
    return hashlib.blake2b(text.encode(), digest_size=4).digest()[0]


def _encoded(film: Film, vector: NDArray[np.float32]) -> EncodedItem:
    at = film.published_at
    return EncodedItem(
        card=ItemCard(film.item_id, film.title, None, film.genres, film.director or None, at),
        vector=wire_bytes(vector),
        modalities=("text",),
        encoder_version="quality-check",
        content_hash="",
        media_hash="",
        source_partition=0,
        source_offset=0,
        content_at=at,
        encoded_at=at,
    )
