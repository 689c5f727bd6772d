"""Conditions on cards: what holds, what is refused, and that nothing else can be reached by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.conditions import MOST_CHARACTERS, ConditionError, condition
from streams.events import ItemCard

CARD = ItemCard(
    "film-1",
    title="A night at the opera",
    language="en",
    tags=("film", "comedy"),
    creator="Sam Wood",
    published_at=1_000.0,
    attributes={"price": 9.5, "brand": "MGM", "in stock": True},
)


@pytest.mark.parametrize(
    "text",
    [
        "'film' in tags",
        "'jazz' not in tags",
        "'opera' in title",
        "attributes.price < 10 and attributes.brand == 'MGM'",
        "attributes['in stock']",
        "creator in ['Sam Wood', 'Leo McCarey']",
        "not (language == 'de' or language == 'fr')",
        "5 < attributes.price <= 9.5",
        "attributes.colour == None",
        "expires_at == None",
        "published_at > -1",
        "True",
    ],
)
def test_what_holds_for_the_card(text: str) -> None:
    assert condition(text)(CARD)


@pytest.mark.parametrize(
    "text",
    [
        "attributes.colour < 3",
        "attributes.colour > 3",
        "attributes.brand < 3",
        "'film' in attributes.colour",
        "3 in title",
        "attributes.colour",
        "expires_at < 5",
        "False",
    ],
)
def test_what_the_card_lacks_or_cannot_compare_does_not_hold(text: str) -> None:
    assert not condition(text)(CARD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "price <",
        "price < 3",
        "__import__('os').system('true')",
        "tags.__class__ == 1",
        "title.upper() == 'A'",
        "[card for card in tags]",
        "lambda: 1",
        "1 + 1 == 2",
        "title is None",
        "(" * 500,
        "a" * (MOST_CHARACTERS + 1),
    ],
)
def test_what_is_no_condition_is_refused_with_a_line_that_says_why(text: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition(text)
    assert "\n" not in str(refused.value)
    assert str(refused.value)


@given(st.text(max_size=40))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        made = condition(text)
    except ConditionError:
        return
    assert made(CARD) in (True, False)
