"""How well two modalities agree: figures with known answers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.measuring.alignment import (
    alignment,
    cka,
    infonce_bound,
    mean_squared_error,
    modality_gap,
    nwj_bound,
    pair_figures,
    uniformity,
)

Floats = NDArray[np.float32]


def drawn(count: int = 200, width: int = 32, seed: int = 0) -> Floats:
    return unit(np.random.default_rng(seed).normal(size=(count, width)))


def near(vectors: Floats, noise: float, seed: int = 9) -> Floats:
    return unit(vectors + noise * drawn(len(vectors), vectors.shape[1], seed))


def unit(vectors: NDArray[np.floating]) -> Floats:
    scaled: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def test_a_space_is_like_itself_however_it_is_turned() -> None:
    vectors = drawn()
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(32, 32)))
    assert cka(vectors, vectors) == pytest.approx(1.0)
    assert cka(vectors, (vectors @ turn).astype(np.float32)) == pytest.approx(1.0, abs=1e-4)


def test_two_spaces_that_know_nothing_of_each_other_are_not_alike_even_with_few_items() -> None:
    assert abs(cka(drawn(40, 256, 1), drawn(40, 256, 2))) < 0.1


def test_errors_and_gap_of_equal_and_opposite_vectors() -> None:
    vectors = drawn()
    assert mean_squared_error(vectors, vectors) == alignment(vectors, vectors) == modality_gap(vectors, vectors) == 0.0
    assert alignment(vectors, -vectors) == pytest.approx(4.0, abs=1e-5)
    assert mean_squared_error(vectors, -vectors) == pytest.approx(4.0 / 32, abs=1e-6)
    assert modality_gap(vectors, -vectors) == pytest.approx(2 * np.linalg.norm(vectors.mean(axis=0)), abs=1e-5)


def test_one_point_is_spread_worst() -> None:
    assert uniformity(np.repeat(drawn(1), 50, axis=0)) == pytest.approx(0.0, abs=1e-5)
    assert uniformity(drawn()) < -3.0


def test_the_bounds_order_pairs_by_how_much_they_share_and_stay_bounds() -> None:
    vectors, other = drawn(), drawn(seed=5)
    pairs = [
        pair_figures(vectors, second, (other, near(other, 0.5)))
        for second in (near(vectors, 0.2), near(vectors, 1.0), other)
    ]
    for bound in ("infonce", "nwj"):
        close, far, none = (pair[bound] for pair in pairs)
        assert close > far > none
        assert none < 0.2
    assert pairs[0]["infonce"] <= np.log(len(vectors))


def test_independent_modalities_share_nothing() -> None:
    assert infonce_bound(drawn(), drawn(seed=3), 1.0) <= 0.02
    assert nwj_bound(drawn(), drawn(seed=3), 1.0) <= 0.05
