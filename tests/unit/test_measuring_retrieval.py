"""Retrieval figures with known answers, and the intervals around them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.measuring.bootstrap import interval, median_interval
from encoders.measuring.retrieval import ranks, retrieval

Floats = NDArray[np.float32]


def unit(vectors: NDArray[np.floating]) -> Floats:
    scaled: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def drawn(count: int, width: int = 64, seed: int = 0) -> Floats:
    return unit(np.random.default_rng(seed).normal(size=(count, width)))


def test_perfectly_aligned_modalities_find_each_other_first() -> None:
    vectors = drawn(50)
    figures = retrieval(vectors, vectors)
    assert figures["recall@1"] == figures["recall@10"] == figures["mrr"] == figures["median_rank"] == 1.0
    assert figures["n"] == 50


def test_vectors_that_know_nothing_find_by_chance() -> None:
    figures = retrieval(drawn(500, seed=1), drawn(500, seed=2))
    assert figures["recall@10"] == pytest.approx(10 / 500, abs=0.015)
    assert figures["median_rank"] == pytest.approx(250, abs=30)


def test_swapped_neighbours_have_rank_two() -> None:
    axes = np.eye(6, dtype=np.float32)
    queries = unit(np.roll(axes, 1, axis=0) + 0.5 * axes)
    figures = retrieval(queries, axes)
    assert figures["recall@1"] == 0.0
    assert figures["recall@5"] == 1.0
    assert figures["median_rank"] == 2.0
    assert figures["mrr"] == 0.5


def test_items_of_the_same_name_share_their_places() -> None:
    """Four equal candidates: each is first with a chance of a quarter, whatever the order of the file."""
    same = np.repeat(drawn(1), 4, axis=0)
    ranked = ranks(same, same)
    assert ranked.recall(1).tolist() == [0.25] * 4
    assert ranked.recall(5).tolist() == [1.0] * 4
    assert ranked.middle.tolist() == [2.5] * 4


def test_the_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    covered = [
        low <= 0.3 <= high for low, high in (interval((rng.random(80) < 0.3).astype(np.float64)) for _ in range(200))
    ]
    assert 0.88 <= np.mean(covered) <= 1.0


def test_intervals_are_the_same_for_a_seed_and_narrower_for_more_queries() -> None:
    values = np.random.default_rng(0).random(400)
    assert interval(values, 5) == interval(values, 5)
    low, high = interval(values)
    few_low, few_high = interval(values[:40])
    assert low < values.mean() < high
    assert high - low < few_high - few_low
    low, high = median_interval(values)
    assert low <= np.median(values) <= high
