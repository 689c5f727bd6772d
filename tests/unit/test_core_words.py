"""What items are called, who is in them and their numbers tell which of them go together."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from core_builders import ask, encoded, event, feature_of, folded, world_of
from hypothesis import given
from hypothesis import strategies as st

from streams.core.recommend import World, plan, rank
from streams.core.words import WORDS, words_of
from streams.events import Attribute, EncodedItem, ItemCard


def film(item_id: str, title: str, **attributes: Attribute) -> EncodedItem:
    item = encoded(item_id, title=title)
    return msgspec.structs.replace(item, card=msgspec.structs.replace(item.card, attributes=attributes))


def told(world: World, liked: str, feature: str) -> dict[str, float]:
    """The feature of every candidate for a user who liked one item."""
    made = plan(folded([event("e", liked)]), world)
    return feature_of(rank(made, [None] * len(made.interests), ask(), world), feature)


def test_the_words_of_an_item_are_its_makers_its_attributes_its_tags_and_its_title() -> None:
    card = ItemCard("a", "The Long Road", tags=("Drama",), creator="Ada", attributes={"actors": "Bo, Cy ", "year": 1.0})
    assert words_of(card) == ["creator:ada", "actors:bo", "actors:cy", "tag:drama", "the", "long", "road"]


@given(st.text(), st.lists(st.text(max_size=20), max_size=40), st.dictionaries(st.text(), st.text(), max_size=5))
def test_no_item_has_more_words_than_there_is_room_for(title: str, tags: list[str], said: dict[str, str]) -> None:
    words = words_of(ItemCard("a", title, tags=tuple(tags), attributes=dict(said)))
    assert len(words) <= WORDS
    assert len(set(words)) == len(words)


def test_a_second_part_is_known_by_its_rare_words_not_by_those_that_all_share() -> None:
    others = [film(f"o{n}", f"The Story {n}") for n in range(6)]
    world = world_of([film("one", "The Zanzibar"), film("two", "The Zanzibar Returns"), *others])
    for feature in ("words_max", "words_mean"):
        shared = told(world, "one", feature)
        assert shared["two"] > 5 * shared["o3"]


def test_the_same_words_have_a_cosine_of_one() -> None:
    world = world_of([film("one", "Zanzibar"), film("twin", "Zanzibar"), film("other", "Timbuktu")])
    shared = told(world, "one", "words_max")
    assert shared["twin"] == pytest.approx(1)
    assert shared["other"] == 0


def test_words_of_an_item_that_changed_or_went_no_longer_count() -> None:
    world = world_of([film("one", "Zanzibar"), film("two", "Zanzibar"), film("three", "Zanzibar")])
    world.catalogue.upsert(film("two", "Timbuktu"))
    world.catalogue.delete("three")
    assert told(world, "one", "words_max")["two"] == 0
    _, logs, log_count = world.catalogue.wording()
    assert log_count == pytest.approx(math.log(3))
    assert not np.any(logs)  # no word is in two items now


def test_numbers_are_close_in_units_of_their_own_spread() -> None:
    years = [film("liked", "", year=1990.0, price=10.0), film("near", "", year=1991.0), film("far", "", year=2020.0)]
    world = world_of([*years, film("none", "")])
    near = told(world, "liked", "numbers")
    assert near["near"] > 0.8
    assert 0 < near["far"] < 0.5
    assert near["none"] == 0


def test_a_number_that_all_have_alike_and_one_that_is_no_number_say_nothing() -> None:
    world = world_of([film(item, "", same=1.0, broken=float("nan")) for item in ("liked", "other")])
    assert told(world, "liked", "numbers")["other"] == 0
