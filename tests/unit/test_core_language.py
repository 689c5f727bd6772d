"""The language of items, and the taste for it."""

from __future__ import annotations

import pytest
from core_builders import ask, direction, encoded, event, exact_hits, feature_of, folded, listed, world_of

from streams.core.language import primary
from streams.core.recommend import plan, rank


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "de"), ("de-AT", "de"), ("PT_br", "pt"), (" en ", "en"), ("zh-Hant-TW", "zh"), ("", ""), (None, "")],
)
def test_a_language_goes_by_its_first_subtag(tag: str | None, expected: str) -> None:
    assert primary(tag) == expected


def test_of_items_alike_in_all_else_those_in_the_users_language_come_first() -> None:
    """Otherwise a reader of German gets what is nearest by its vector, whether they can read it or not."""
    read = [encoded(f"read-{n}", direction(0, 0.3, 50 + n), language="de-AT") for n in range(3)]
    unread = [encoded(f"{tag}-{n}", direction(0, 0.3, n), language=tag) for n in range(20) for tag in ("de", "en")]
    taste = folded([event(f"e{n}", f"read-{n}") for n in range(3)])
    ids = [item.item_id for item in listed(world_of([*read, *unread]), taste).items]
    german = sum(item_id.startswith("de") for item_id in ids)
    assert german > len(ids) / 2, ids


def test_an_item_that_names_no_language_is_not_taken_for_a_foreign_one() -> None:
    read = encoded("read", direction(0), language="de")
    unread = [encoded(tag or "unnamed", direction(0, 0.1), language=tag) for tag in ("de", "en", None)]
    world, taste = world_of([read, *unread]), folded([event("e", "read")])
    ranking = rank(plan(taste, world), exact_hits(world, taste), ask(), world)
    assert feature_of(ranking, "language") == {"de": 1.0, "unnamed": 0.5, "en": 0.0}
