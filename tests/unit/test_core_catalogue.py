from __future__ import annotations

import msgspec
import numpy as np
import pytest
from core_builders import NOW, direction, encoded, world_of

from streams.core.catalogue import Catalogue
from streams.core.rows import UNKNOWN, ItemRows
from streams.core.tuning import Tuning


def rows_of(catalogue: Catalogue, *item_ids: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return catalogue.rows.find_all(item_ids)


def newest(catalogue: Catalogue) -> list[str]:
    return [catalogue.rows.id_of(row) for row in catalogue.fresh.newest().tolist()]


def test_an_item_is_known_by_its_card_and_vector() -> None:
    catalogue = world_of([encoded("a", direction(1), title="A film")]).catalogue
    row = catalogue.rows.find("a")
    assert catalogue.title(row) == "A film"
    assert catalogue.vectors(rows_of(catalogue, "a"))[0] == pytest.approx(direction(1), abs=1e-3)
    assert len(catalogue) == 1


def test_an_upsert_replaces_and_a_delete_removes() -> None:
    catalogue = world_of([encoded("a", title="old"), encoded("b")]).catalogue
    catalogue.upsert(encoded("a", direction(2), title="new"))
    assert (len(catalogue), catalogue.title(catalogue.rows.find("a"))) == (2, "new")
    catalogue.delete("a")
    catalogue.delete("a")
    catalogue.delete("never seen")
    assert len(catalogue) == 1
    assert catalogue.eligible(rows_of(catalogue, "a", "b", "c"), NOW).tolist() == [False, True, False]
    assert newest(catalogue) == ["b"]


def test_a_deleted_item_may_come_back() -> None:
    catalogue = world_of([encoded("a", direction(1))]).catalogue
    catalogue.delete("a")
    catalogue.upsert(encoded("a", direction(2)))
    assert catalogue.vectors(rows_of(catalogue, "a"))[0] == pytest.approx(direction(2), abs=1e-3)


def test_an_item_without_a_title_is_called_by_its_id() -> None:
    catalogue = world_of([encoded("a", title="")]).catalogue
    assert catalogue.title(catalogue.rows.find("a")) == "a"


def test_an_expired_item_is_not_eligible_from_its_expiry_on() -> None:
    catalogue = world_of([encoded("a", expires_at=NOW)]).catalogue
    assert catalogue.eligible(rows_of(catalogue, "a"), NOW - 1).all()
    assert not catalogue.eligible(rows_of(catalogue, "a"), NOW).any()


def test_beyond_its_bound_the_first_item_leaves() -> None:
    catalogue = world_of((encoded(f"i{n}") for n in range(5)), Tuning(catalogue_items=3)).catalogue
    assert len(catalogue) == 3
    assert (
        catalogue.eligible(rows_of(catalogue, "i0", "i1", "i2", "i3", "i4"), NOW).tolist() == [False] * 2 + [True] * 3
    )


def test_the_fresh_pool_holds_the_newest_items_newest_first() -> None:
    catalogue = world_of((encoded(f"i{n}") for n in range(6)), Tuning(fresh_items=4)).catalogue
    assert newest(catalogue) == ["i5", "i4", "i3", "i2"]
    catalogue.upsert(encoded("i3", title="changed"))
    assert newest(catalogue) == ["i5", "i4", "i3", "i2"]


def test_a_new_encoder_version_takes_over_once_most_items_have_it() -> None:
    catalogue = world_of(encoded(f"i{n}", direction(n)) for n in range(4)).catalogue
    for n in range(2):
        catalogue.upsert(encoded(f"i{n}", direction(n, dimension=8), version="v2"))
        assert catalogue.encoder_version == "v1"
    rows = rows_of(catalogue, "i0", "i1", "i2", "i3")
    assert catalogue.searchable(rows).tolist() == [False, False, True, True]
    assert not catalogue.vectors(rows)[:2].any()
    catalogue.upsert(encoded("i2", direction(2, dimension=8), version="v2"))
    assert (catalogue.encoder_version, catalogue.dimension) == ("v2", 8)
    assert catalogue.searchable(rows).tolist() == [True, True, True, False]
    assert catalogue.fresh.vectors.shape[1] == 8
    at = catalogue.fresh.rows.tolist().index(int(rows[0]))
    assert catalogue.fresh.vectors[at] == pytest.approx(direction(0, dimension=8), abs=1e-3)


def test_a_vector_that_does_not_fit_its_version_is_refused_with_advice() -> None:
    catalogue = world_of([encoded("a")]).catalogue
    with pytest.raises(ValueError, match="re-encode the item"):
        catalogue.upsert(encoded("b", direction(1, dimension=8)))
    with pytest.raises(ValueError, match="finite"):
        catalogue.upsert(encoded("b", np.full(16, np.nan, dtype=np.float32)))


def test_rows_are_reused_only_after_everyone_has_cleared_them() -> None:
    rows = ItemRows(2)
    cleared: list[int] = []
    rows.on_forget(cleared.append)
    a, b = rows.row("a"), rows.row("b")
    rows.touch("a")
    assert rows.row("c") == b
    assert cleared == [b]
    assert (rows.find("a"), rows.find("b"), rows.id_of(b)) == (a, UNKNOWN, "c")


def kept(*items: str) -> Catalogue:
    """A catalogue on v1 that holds v2 beside it."""
    catalogue = world_of(encoded(item, direction(1)) for item in items).catalogue
    catalogue.keep("v1", "v2")
    return catalogue


def test_a_second_versions_vectors_are_held_beside_and_used_after_the_change() -> None:
    catalogue = kept("a", "b")
    catalogue.offer("v2", "a", direction(2, dimension=8), "")
    rows = rows_of(catalogue, "a", "b")
    assert (catalogue.dimension, catalogue.lacking("v2"), catalogue.count_lacking("v2")) == (16, ["b"], 1)
    under = catalogue.under("v2")
    assert under.searchable(rows).tolist() == [True, False]
    edition = catalogue.edition
    catalogue.keep("v2", "v1")
    assert catalogue.edition > edition, "rows and vectors read before are not valid any more"
    assert catalogue.encoder_version == "v2"
    assert catalogue.vectors(rows)[0] == pytest.approx(direction(2, dimension=8))
    assert not catalogue.vectors(rows)[1].any()
    assert catalogue.fresh.vectors.shape[1] == 8
    catalogue.keep("v1", "v2")
    assert catalogue.vectors(rows)[1] == pytest.approx(direction(1), abs=1e-3)


def test_a_kept_catalogue_does_not_change_by_itself() -> None:
    catalogue = kept("a")
    for n in range(5):
        catalogue.upsert(encoded(f"new-{n}", direction(n, dimension=8), version="v2"))
    assert catalogue.encoder_version == "v1"
    assert catalogue.lacking("v1") == [f"new-{n}" for n in range(5)]


def test_a_vector_of_a_version_that_is_not_kept_is_passed_over() -> None:
    catalogue = kept("a")
    catalogue.offer("v3", "a", direction(1), "")
    assert catalogue.vector("a", "v3") is None


def test_a_vector_counts_only_for_the_content_it_was_made_of() -> None:
    catalogue = kept("a")
    catalogue.offer("v2", "a", direction(2), "newer content")
    assert catalogue.lacking("v2") == ["a"], "the card of that content has not come yet"
    catalogue.upsert(msgspec.structs.replace(encoded("a", direction(3)), media_hash="newer content"))
    assert catalogue.lacking("v2") == []
    catalogue.upsert(msgspec.structs.replace(encoded("a", direction(4)), media_hash="newest content"))
    assert catalogue.lacking("v2") == ["a"]
    catalogue.offer("v2", "a", direction(2), "newest content")
    catalogue.offer("v2", "a", direction(2), "older content")
    assert catalogue.lacking("v2") == ["a"], "the last word of the topic is of other content"


def test_a_vector_that_comes_before_its_item_is_kept_for_it() -> None:
    catalogue = kept()
    catalogue.offer("v2", "late", direction(2), "")
    catalogue.upsert(encoded("late", direction(1)))
    assert catalogue.lacking("v2") == []


def test_a_tombstone_takes_the_vector_of_a_deleted_item_only() -> None:
    catalogue = kept("a", "b")
    for item in ("a", "b"):
        catalogue.offer("v2", item, direction(2), "")
    catalogue.withdraw("v2", "a")
    assert catalogue.lacking("v2") == [], "the tombstone may be older than the item"
    catalogue.delete("b")
    catalogue.withdraw("v2", "b")
    assert catalogue.vector("b", "v2") is None
