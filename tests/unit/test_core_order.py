"""The best of many scores, by whatever way they are found."""

from __future__ import annotations

import numpy as np
import pytest

from streams.core.best import best_of
from streams.core.drafts import _top

LOW, HIGH = -np.inf, np.inf


@pytest.mark.parametrize("digits", [1, 6])
@pytest.mark.parametrize("scores", [0, 1, 20, 95, 97, 300, 2000])
@pytest.mark.parametrize("most", [0, 1, 30, 300])
def test_the_best_come_first_with_ties_by_place(scores: int, most: int, digits: int) -> None:
    drawn = np.random.default_rng(scores).normal(size=scores).astype(np.float32).round(digits)
    assert best_of(drawn, most).tolist() == np.argsort(-drawn, kind="stable")[:most].tolist()


@pytest.mark.parametrize("odd", [[0.0, -0.0] * 100, [LOW] * 150 + [1.0, 2.0], [HIGH, *[0.5] * 150, LOW], [1e-40] * 200])
def test_odd_scores_are_ordered_like_any_other(odd: list[float]) -> None:
    scores = np.array(odd, np.float32)
    assert best_of(scores, 10).tolist() == np.argsort(-scores, kind="stable")[:10].tolist()


@pytest.mark.parametrize("candidates", [50, 400])
def test_places_of_a_list_are_ordered_by_score_with_ties_by_hash(candidates: int) -> None:
    random = np.random.default_rng(3)
    scores = random.normal(size=candidates).astype(np.float32).round(1)
    hashes = random.integers(0, 2**32, candidates).astype(np.uint32)
    assert _top(scores, hashes, 30).tolist() == np.lexsort((hashes, -scores))[:30].tolist()
