"""Every figure, against what one gets by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from streams.evaluate import bootstrap
from streams.evaluate.labels import BEYOND, Labels
from streams.evaluate.methods.base import Asked
from streams.evaluate.scoring import ACCURACY, accuracy, gini
from streams.evaluate.shelf import Shelf
from streams.evaluate.tally import Case, Tally


def figures(rows: list[int], right: set[int], k: int) -> dict[str, float]:
    return dict(zip(ACCURACY, accuracy(rows, right, k), strict=True))


def test_one_right_item_at_the_third_place() -> None:
    found = figures([7, 8, 9, 1], {9}, 4)
    assert found["recall"] == found["hit_rate"] == 1
    assert found["precision"] == 1 / 4
    assert found["f1"] == pytest.approx(2 * (1 / 4) / (1 + 1 / 4))
    assert found["ndcg"] == pytest.approx(1 / math.log2(4))
    assert found["mrr"] == pytest.approx(1 / 3)
    assert found["accuracy_of_top"] == 0


def test_several_right_items() -> None:
    found = figures([1, 2, 3, 4], {1, 3, 9}, 4)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["precision"] == pytest.approx(2 / 4)
    assert found["f1"] == pytest.approx(2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2))
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert found["ndcg"] == pytest.approx((1 + 1 / 2) / ideal)
    assert (found["mrr"], found["hit_rate"], found["accuracy_of_top"]) == (1, 1, 1)


def test_a_miss_is_nothing_and_what_lies_beyond_the_cut_is_a_miss() -> None:
    assert set(accuracy([1, 2, 3], {9}, 3)) == {0.0}
    assert set(accuracy([1, 2, 9], {9}, 2)) == {0.0}
    assert set(accuracy([], {9}, 3)) == {0.0}


def test_a_perfect_short_list_has_perfect_ndcg() -> None:
    assert figures([1, 2], {1, 2, 3}, 2)["ndcg"] == pytest.approx(1)


def test_gini_is_nothing_for_equal_places_and_near_one_for_a_monopoly() -> None:
    assert gini(np.array([3, 3, 3, 3])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)
    assert gini(np.array([1, 3])) == pytest.approx(1 / 4)
    assert math.isnan(gini(np.array([0, 0])))


def beyond(labels: Labels, rows: list[int], user: int = 0) -> dict[str, float]:
    return dict(zip(BEYOND, labels.beyond(user, rows), strict=True))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(["a", "b", "c", "plain"], 0, unseen=True)


@pytest.fixture
def labels(shelf: Shelf) -> Labels:
    return Labels(shelf, {"a": ("x", "y"), "b": ("y", "z"), "c": ("z",), "plain": ()}, users=1)


def rows(shelf: Shelf, ids: str) -> list[int]:
    return [shelf.row_of[one] for one in ids.split()]


def test_diversity_is_the_mean_distance_of_the_pairs_by_their_tags(shelf: Shelf, labels: Labels) -> None:
    # a and b share one of three tags, b and c one of two, a and c none; an item without tags is left out.
    expected = ((1 - 1 / 3) + (1 - 1 / 2) + 1) / 3
    assert beyond(labels, rows(shelf, "a b c plain"))["diversity"] == pytest.approx(expected)
    assert math.isnan(beyond(labels, rows(shelf, "a plain"))["diversity"])


def test_calibration_compares_the_tags_of_the_list_with_those_of_what_the_user_liked(
    shelf: Shelf, labels: Labels
) -> None:
    assert math.isnan(beyond(labels, rows(shelf, "a"))["calibration"])
    labels.liked(0, shelf.row_of["a"])
    assert beyond(labels, rows(shelf, "a"))["calibration"] == pytest.approx(0)
    listed_y = (1 - 0.01) / 2 + 0.01 / 2  # b: half y, half z
    expected = 0.5 * math.log2(0.5 / (0.01 * 0.5)) + 0.5 * math.log2(0.5 / listed_y)
    assert beyond(labels, rows(shelf, "b"))["calibration"] == pytest.approx(expected, rel=1e-5)


def test_novelty_is_the_mean_surprise_of_the_items_in_bits(shelf: Shelf, labels: Labels) -> None:
    for _ in range(3):
        shelf.take(0, shelf.row_of["a"])
    surprise = [-math.log2(4 / 7), -math.log2(1 / 7)]
    assert beyond(labels, rows(shelf, "a b"))["novelty"] == pytest.approx(sum(surprise) / 2)


def test_a_tally_adds_up_by_user_and_group() -> None:
    tally = Tally(users=2, items=3)
    unknown = (np.nan,) * len(BEYOND)
    right = frozenset({1})
    tally.add(Case(Asked(0, "u", 0.0), {"all": right, "cold": right}, 0.0, 0), [1, 2], unknown, 2)
    tally.add(Case(Asked(1, "v", 0.0), {"all": right, "rest": right}, 0.99, 7), [0, 2], unknown, 2)
    assert tally.tested == [2, 1, 0, 1]
    assert tally.sums[0, :, 0].tolist() == [1, 0]
    assert not tally.counts[:, :, len(ACCURACY) :].any()
    assert tally.over_time_counts[[0, -1], 0].tolist() == [1, 1]
    assert np.flatnonzero(tally.first_acts[:, 1]).tolist() == [0, 7]
    spread = tally.spread(np.array([True, True, True]))
    assert spread[0].tolist() == pytest.approx([1.0, gini(np.array([1, 1, 2]))])
    assert spread[1, 0] == pytest.approx(2 / 3)


def test_intervals_hold_the_mean_and_narrow_with_users() -> None:
    widths = []
    for users in (20, 2000):
        hits = np.tile([[0.0], [1.0]], (users // 2, 1))
        low, high = bootstrap.intervals(bootstrap.resampled(hits, np.ones_like(hits)))[:, 0]
        assert low < 0.5 < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 5


def test_users_are_drawn_as_wholes() -> None:
    """Two users, one always right and one never: single tests drawn would tell an interval far narrower than it is."""
    sums, counts = np.array([[100.0], [0.0]]), np.array([[100.0], [100.0]])
    low, high = bootstrap.intervals(bootstrap.resampled(sums, counts))[:, 0]
    assert (low, high) == (0, 1)


def test_a_paired_comparison_sees_a_small_steady_difference() -> None:
    random = np.random.default_rng(0)
    base = random.uniform(0, 20, size=(200, 1))
    tests = np.full_like(base, 20.0)
    draws = [bootstrap.resampled(sums, tests) for sums in (base, base + 0.2)]
    gap = draws[1] - draws[0]
    assert bootstrap.intervals(gap)[0, 0] > 0
    assert bootstrap.two_sided(gap[:, 0]) < 0.01
    assert bootstrap.two_sided(np.zeros(100)) == 1


def test_a_group_without_tests_has_no_interval() -> None:
    nothing = np.zeros((3, 2))
    assert np.isnan(bootstrap.intervals(bootstrap.resampled(nothing, nothing))).all()
