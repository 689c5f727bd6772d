"""The tag index names exactly the rows whose cards carry a tag, whatever the cards went through."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.tag_index import TagIndex

CARDS = st.lists(st.tuples(st.integers(0, 5), st.lists(st.sampled_from("abcd"), unique=True).map(tuple)), max_size=40)


@given(CARDS, st.sets(st.sampled_from("abcde")))
def test_it_names_exactly_the_rows_that_carry_a_wanted_tag(
    changes: list[tuple[int, tuple[str, ...]]], wanted: set[str]
) -> None:
    index = TagIndex()
    cards: dict[int, tuple[str, ...]] = {}
    for row, tags in changes:
        index.change(row, cards.get(row, ()), tags)
        cards[row] = tags
    assert index.any_of(wanted).tolist() == sorted(row for row, tags in cards.items() if wanted & set(tags))
