"""The peers do the job honestly: what a list of theirs is made of."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bench.encoded import clustered
from bench.peers.job import HISTORY, LIST_SIZE, Catalogue, Profile, interest, make_list
from bench.peers.store import ExactStore
from bench.synthetic import item_id
from streams.events import Action, BehaviourEvent, EncodedItem, ItemCard, RecommendationList

NOW = 1_700_000_000.0


def act(number: int, item: int, action: Action = Action.LIKE, value: float | None = None) -> BehaviourEvent:
    return BehaviourEvent(f"e{number}", "ann", item_id(item), action, NOW, value)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    made = Catalogue(dimension=256)
    encoded = clustered(400)
    for event, vector in zip(encoded.events, encoded.vectors, strict=True):
        made.put_vector(ItemCard(event.item_id, title=event.title or "", tags=event.tags), vector)
    return made


@pytest.fixture(scope="module")
def store(catalogue: Catalogue) -> ExactStore:
    made = ExactStore()
    ids = list(catalogue.cards)
    made.upsert(ids, catalogue.vectors(ids))
    return made


def listed(profile: Profile, catalogue: Catalogue, store: ExactStore) -> RecommendationList:
    wanted = interest(profile, catalogue, NOW)
    hits = [] if wanted is None else store.search(wanted[None, :], 60)[0]
    return make_list("ann", profile, catalogue, hits, partition=1, offset=7, event_at=NOW, now=NOW)


def test_an_event_delivered_twice_counts_once() -> None:
    profile = Profile()
    assert profile.fold(act(1, 3))
    assert not profile.fold(act(1, 3))
    assert len(profile.acts) == 1


def test_the_history_is_bounded() -> None:
    profile = Profile()
    for number in range(HISTORY + 10):
        profile.fold(act(number, number))
    assert len(profile.acts) == HISTORY


def test_a_list_is_full_unseen_and_on_taste(catalogue: Catalogue, store: ExactStore) -> None:
    profile = Profile()
    for number in range(3):
        profile.fold(act(number, 40 * number))  # three items of one subject
    made = listed(profile, catalogue, store)
    ids = {place.item_id for place in made.items}
    assert len(made.items) == LIST_SIZE
    assert ids.isdisjoint(item_id(40 * number) for number in range(3))
    assert catalogue.cards[made.items[0].item_id].tags == catalogue.cards[item_id(0)].tags


def test_a_reason_names_an_item_that_the_user_liked(catalogue: Catalogue, store: ExactStore) -> None:
    profile = Profile()
    profile.fold(act(1, 5))
    profile.fold(act(2, 6, Action.DISLIKE))
    causes = {cause for place in listed(profile, catalogue, store).items for cause in place.reason.because_of}
    assert causes == {item_id(5)}


def test_a_low_rating_speaks_against_an_item(catalogue: Catalogue) -> None:
    profile = Profile()
    profile.fold(act(1, 5, Action.RATING, 1.0))
    wanted = interest(profile, catalogue, NOW)
    assert wanted is not None
    assert float(wanted @ catalogue.vectors([item_id(5)])[0]) < 0


def test_a_user_without_taste_gets_an_empty_list(catalogue: Catalogue, store: ExactStore) -> None:
    assert listed(Profile(), catalogue, store).items == ()


def test_a_list_survives_the_wire(catalogue: Catalogue, store: ExactStore) -> None:
    profile = Profile()
    profile.fold(act(1, 5))
    made = listed(profile, catalogue, store)
    assert msgspec.json.decode(msgspec.json.encode(made), type=RecommendationList) == made


def test_a_profile_survives_its_state() -> None:
    profile = Profile()
    profile.fold(act(1, 5))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(profile), type=Profile) == profile


def test_the_catalogue_reads_the_wires_vectors() -> None:
    vector = np.zeros(4, dtype=np.float32)
    vector[2] = 1.0
    made = Catalogue(dimension=4)
    card = ItemCard("x")
    made.put(EncodedItem(card, vector.astype("<f2").tobytes(), ("text",), "v", "h", "m", 0, 0, NOW, NOW))
    assert made.vectors(["x"])[0].tolist() == vector.tolist()
