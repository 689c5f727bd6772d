"""Candidates are sorted by one key made of score and item hash."""

from __future__ import annotations

import numpy as np

from streams.core.drafts import _order


def test_the_key_sorts_from_high_to_low_with_ties_by_hash() -> None:
    random = np.random.default_rng(3)
    scores = np.concatenate((random.normal(size=200), [0.0, -0.0, np.inf, -np.inf, 1e-30, -1e-30])).astype(np.float32)
    scores = np.concatenate((scores, scores))
    hashes = random.integers(0, 2**32, len(scores)).astype(np.uint32)
    assert (_order(scores, hashes).argsort() == np.lexsort((hashes, -scores))).all()


def test_the_two_zeros_are_one_score() -> None:
    assert _order(np.array([0.0, -0.0], np.float32), np.array([2, 1], np.uint32)).argsort().tolist() == [1, 0]
