"""What the vector index answered is turned into rows once, and again only when the rows may have become others."""

from __future__ import annotations

from streams.core.candidates.base import Hits
from streams.core.rows import UNKNOWN, ItemRows


def rows_of(*item_ids: str, most: int = 10) -> ItemRows:
    rows = ItemRows(most)
    for item_id in item_ids:
        rows.row(item_id)
    return rows


def test_hits_that_are_all_known_are_read_once_however_many_items_arrive() -> None:
    rows = rows_of("a", "b")
    hits = Hits(["b", "a"], [0.9, 0.8])
    first = hits.rows(rows)
    assert first.tolist() == [1, 0]
    rows.row("c")
    assert hits.rows(rows) is first


def test_an_unknown_hit_is_found_once_its_item_arrives() -> None:
    rows = rows_of("a")
    hits = Hits(["a", "late"], [0.9, 0.8])
    assert hits.rows(rows).tolist() == [0, UNKNOWN]
    assert hits.rows(rows) is hits.rows(rows)
    rows.row("late")
    assert hits.rows(rows).tolist() == [0, 1]


def test_a_row_that_has_gone_to_another_item_is_no_hit_any_more() -> None:
    rows = rows_of("a", "b", most=2)
    hits = Hits(["a", "b"], [0.9, 0.8])
    assert hits.rows(rows).tolist() == [0, 1]
    rows.row("c")  # takes the row of "a"
    assert hits.rows(rows).tolist() == [UNKNOWN, 1]
