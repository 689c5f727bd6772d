"""Learning is a function of its arguments, bounded whatever comes, and blind to the order of candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streams.core.features import COLUMN, FEATURES
from streams.core.learning.influence import MOST_IN_A_ROW, Influence
from streams.core.learning.lesson import Lesson, learnt, learnt_and_lost, loss_of
from streams.core.learning.products import add_weighed, row_products
from streams.core.learning.ranker import LearnedRanker
from streams.core.learning.state import HIDDEN, RankerState
from streams.core.learning.step import L2, LARGEST_STEP
from streams.core.ranking import standardised
from streams.core.segments import Segments

MILD = settings(deadline=None, max_examples=40)  # a shared machine stalls now and then


@st.composite
def lessons(draw: st.DrawFn) -> Lesson:
    """A list of any size with features of any scale."""
    size = draw(st.integers(1, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([0.0, 1e-3, 1.0, 1e4]))
    features = (scale * random.standard_cauchy(size=(size, len(FEATURES)))).astype(np.float32)
    features[:, COLUMN["novice"]] = draw(st.floats(0, 1, width=32))
    odds = random.choice([1.0, 2.0], size).astype(np.float32)
    return Lesson(features, draw(st.integers(0, size - 1)), odds, draw(st.floats(0, 1)))


def arrays(state: RankerState) -> list[NDArray[np.floating]]:
    return [state.linear, state.squares, state.network, state.first, state.second, state.losses]


@MILD
@given(st.lists(lessons(), min_size=1, max_size=4))
def test_the_same_lessons_give_the_same_weights(given_lessons: list[Lesson]) -> None:
    one = other = RankerState.starting()
    before = [array.copy() for array in arrays(one)]
    for lesson in given_lessons:
        one = learnt(one, lesson)
    for lesson in given_lessons:
        other = learnt(other, lesson)
    for mine, theirs in zip(arrays(one), arrays(other), strict=True):
        assert np.array_equal(mine, theirs)
    for now, then in zip(arrays(RankerState.starting()), before, strict=True):
        assert np.array_equal(now, then)


@MILD
@given(lessons())
def test_no_weight_moves_further_than_the_largest_step(lesson: Lesson) -> None:
    before = RankerState.starting()
    after = learnt(before, lesson)
    assert after.is_finite
    most = lesson.importance * LARGEST_STEP * (1 + 1e-4) + 1e-6
    assert np.abs(after.linear - before.linear).max() <= most + L2 * np.abs(before.linear).max()
    assert np.abs(after.network - before.network).max() <= most


@MILD
@given(lessons(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_candidates_changes_nothing(lesson: Lesson, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(lesson.features))
    state = learnt(learnt(RankerState.starting(), lesson), lesson)
    ranker = LearnedRanker(state)
    lists = Segments.one(len(order))
    scores = ranker.contributions(lesson.features, lists).sum(axis=1)
    moved = ranker.contributions(lesson.features[order], lists).sum(axis=1)
    assert moved == pytest.approx(scores[order], rel=1e-2, abs=1e-2)


def stirred(seed: int) -> RankerState:
    """A state whose every weight does something."""
    random, state = np.random.default_rng(seed), RankerState.starting()
    state.linear[:] += random.normal(scale=0.1, size=state.linear.shape).astype(np.float32)
    state.network[:] = random.normal(scale=0.3, size=len(state.network)).astype(np.float32)
    return state


def plainly_scored(state: RankerState, lesson: Lesson, share: float) -> NDArray[np.float64]:
    """The model as it is written down, candidate by candidate: every weight is a sum of three."""
    z = standardised(lesson.features).astype(np.float64)
    hidden, (bias, out) = state.network[: -2 * HIDDEN], state.network[-2 * HIDDEN :].reshape(2, HIDDEN)
    novice = float(lesson.features[0, COLUMN["novice"]])
    scores = []
    for one, cold in zip(z, lesson.features[:, COLUMN["untried"]] > 0, strict=True):
        counts = np.array([1.0, novice, float(cold)])
        straight = counts @ state.linear
        weights = np.tensordot(counts, hidden.reshape(3, len(FEATURES), HIDDEN), axes=1)
        scores.append(one @ straight + share * (np.maximum(0, one @ weights + bias) @ out))
    return np.array(scores)


@MILD
@given(lessons(), st.integers(0, 2**32 - 1), st.booleans())
def test_contributions_add_up_to_the_score(lesson: Lesson, seed: int, with_network: bool) -> None:
    state = stirred(seed)
    state.losses[:] = (1.0, 0.5) if with_network else (0.5, 1.0)
    parts = LearnedRanker(state).contributions(lesson.features, Segments.one(len(lesson.features)))
    assert parts.sum(axis=1) == pytest.approx(plainly_scored(state, lesson, state.share), rel=1e-3, abs=1e-2)


@MILD
@given(lessons(), st.integers(0, 2**32 - 1), st.booleans())
def test_the_loss_is_that_of_the_scores_with_the_odds(lesson: Lesson, seed: int, with_network: bool) -> None:
    state = stirred(seed)
    state.losses[:] = (1.0, 0.5) if with_network else (0.5, 1.0)
    scores = plainly_scored(state, lesson, state.share) + np.log(lesson.odds)
    expected = np.log(np.exp(scores - scores.max()).sum()) + scores.max() - scores[lesson.target]
    assert loss_of(state, lesson) == pytest.approx(expected, rel=1e-3, abs=1e-2)
    assert learnt_and_lost(state, lesson)[1] == pytest.approx(loss_of(state, lesson), rel=1e-4, abs=1e-4)


@MILD
@given(st.lists(lessons(), min_size=1, max_size=4))
def test_lists_side_by_side_get_what_each_gets_alone(given_lessons: list[Lesson]) -> None:
    ranker = LearnedRanker(stirred(1))
    sizes = np.array([0, *(len(lesson.features) for lesson in given_lessons), 0])
    together = ranker.contributions(np.concatenate([lesson.features for lesson in given_lessons]), Segments(sizes))
    alone = [ranker.contributions(lesson.features, Segments.one(len(lesson.features))) for lesson in given_lessons]
    assert np.array_equal(together, np.concatenate(alone))


@MILD
@given(st.integers(0, 9), st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_products_are_those_of_matrices(f: int, k: int, n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    start, stop = sorted(random.integers(0, n + 1, size=2).tolist())
    weights, rows = random.normal(size=(f, k)).astype(np.float32), random.normal(size=(f, n)).astype(np.float32)
    sums = random.normal(size=(k, n)).astype(np.float32)
    expected = sums.copy()
    expected[:, start:stop] += weights.T @ rows[:, start:stop]
    products = row_products(rows, sums, start, stop)
    assert products == pytest.approx(rows[:, start:stop] @ sums[:, start:stop].T, abs=1e-4)
    add_weighed(weights, rows, start, stop, sums)
    assert sums == pytest.approx(expected, abs=1e-4)


@MILD
@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_features_are_standardised_list_by_list(sizes: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    features = random.standard_t(2, size=(sum(sizes), 3)).astype(np.float32)  # some lie far out, and are clipped
    features[:, 1] = 7
    scaled, start = standardised(features, Segments(np.array(sizes))), 0
    for size in filter(None, sizes):
        part = features[start : start + size].astype(np.float64)
        deviation = part.std(axis=0)
        expected = np.where(deviation < 1e-6, 0, (part - part.mean(axis=0)) / np.maximum(deviation, 1e-6))
        assert scaled[start : start + size] == pytest.approx(np.clip(expected, -8, 8), abs=1e-3)
        start += size


@MILD
@given(st.integers(1, 5000), st.integers(0, 500))
def test_one_user_moves_the_weights_only_so_far(acts: int, others: int) -> None:
    influence = Influence()
    for other in range(others):
        assert influence.of(f"other-{other}") == 1
    assert sum(influence.of("poisoner") for _ in range(acts)) <= MOST_IN_A_ROW
