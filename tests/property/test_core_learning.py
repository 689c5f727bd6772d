"""Learning is a function of its arguments, bounded whatever comes, and blind to the order of candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streams.core.features import COLUMN, FEATURES
from streams.core.learning.influence import MOST_IN_A_ROW, Influence
from streams.core.learning.lesson import Lesson, learnt
from streams.core.learning.ranker import LearnedRanker
from streams.core.learning.state import RankerState
from streams.core.learning.step import L2, LARGEST_STEP, attributed, forward
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


@MILD
@given(lessons(), st.sampled_from([0.0, 0.5]))
def test_contributions_add_up_to_the_score(lesson: Lesson, share: float) -> None:
    random = np.random.default_rng(1)
    state = RankerState.starting()
    network = random.normal(size=len(state.network)).astype(np.float32)
    z = np.clip(np.nan_to_num(lesson.features), -8, 8).astype(np.float32)
    cold = z[:, COLUMN["untried"]] > 0
    past = float(lesson.features[0, COLUMN["novice"]])
    parts = np.empty_like(z)
    attributed(z, cold, past, share, state.linear, network, COLUMN["novice"], parts)
    scores, hidden = forward(z, cold, past, state.linear, network)
    out = network[-hidden.shape[1] :]
    assert parts.sum(axis=1) == pytest.approx(scores + share * (hidden @ out), rel=1e-3, abs=1e-1)


@MILD
@given(st.integers(1, 5000), st.integers(0, 500))
def test_one_user_moves_the_weights_only_so_far(acts: int, others: int) -> None:
    influence = Influence()
    for other in range(others):
        assert influence.of(f"other-{other}") == 1
    assert sum(influence.of("poisoner") for _ in range(acts)) <= MOST_IN_A_ROW
