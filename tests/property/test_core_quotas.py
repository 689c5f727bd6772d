"""Places kept for kinds of items: as many as asked for where there are any, and the last that nobody needs go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.quotas import BY_SCORE, KINDS, LITTLE_KNOWN, NEW, kept


class Kept(NamedTuple):
    """What was asked, and the answer."""

    scores: list[float]
    kinds: list[list[bool]]
    least: list[int]
    chosen: list[int]
    most: int
    found: list[int]
    brought: list[int]

    def of(self, kind: int) -> int:
        return sum(self.kinds[kind][at] for at in self.found)

    def there_are(self, kind: int) -> int:
        return sum(self.kinds[kind])


@st.composite
def lists(draw: st.DrawFn) -> Kept:
    """The best few candidates stand in the list, fewer than its places only where there are no more candidates."""
    n, most = draw(st.integers(1, 14)), draw(st.integers(1, 6))
    scores = draw(st.lists(st.integers(0, 9).map(float), min_size=n, max_size=n))
    kinds = [draw(st.lists(st.booleans(), min_size=n, max_size=n)) for _ in range(KINDS)]
    least = [draw(st.integers(0, 4)) for _ in range(KINDS)]
    chosen = sorted(range(n), key=lambda at: -scores[at])[:most]
    found, brought = kept(
        np.array(scores, np.float32), np.column_stack(kinds), np.array(least), np.array(chosen, np.int64), most
    )
    return Kept(scores, kinds, least, chosen, most, found.tolist(), brought.tolist())


@given(lists())
def test_a_list_stays_as_long_and_names_nothing_twice(one: Kept) -> None:
    assert len(one.found) == len(set(one.found)) == len(one.chosen)


@given(lists())
def test_each_kind_gets_its_places_as_far_as_there_are_items_and_room(one: Kept) -> None:
    first = min(one.least[LITTLE_KNOWN], one.there_are(LITTLE_KNOWN), one.most)
    assert one.of(LITTLE_KNOWN) >= first
    assert one.of(NEW) >= min(one.least[NEW], one.there_are(NEW), len(one.chosen) - first)


@given(lists())
def test_those_that_stay_keep_their_order_and_those_that_come_in_stand_behind_them(one: Kept) -> None:
    stayed = [at for at, kind in zip(one.found, one.brought, strict=True) if kind == BY_SCORE]
    assert stayed == [at for at in one.chosen if at in stayed]
    assert one.found[: len(stayed)] == stayed
    assert all(at not in one.chosen for at in one.found[len(stayed) :])


@given(lists())
def test_who_comes_in_is_the_best_of_its_kind_that_was_not_there(one: Kept) -> None:
    for at, kind in zip(one.found, one.brought, strict=True):
        if kind != BY_SCORE:
            assert one.kinds[kind][at]
            better = (o for o in range(len(one.scores)) if one.scores[o] > one.scores[at] and one.kinds[kind][o])
            assert all(other in one.found or other in one.chosen for other in better)


@given(lists())
def test_no_more_go_than_the_kinds_lack(one: Kept) -> None:
    lacking = sum(
        max(0, one.least[kind] - sum(one.kinds[kind][at] for at in one.chosen)) for kind in (LITTLE_KNOWN, NEW)
    )
    assert len({*one.chosen} - {*one.found}) <= lacking
