"""The learned ranker: it learns what is wanted, spares cold items, and goes back when it got worse."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from streams.core.features import COLUMN, FEATURES
from streams.core.learning import wire
from streams.core.learning.guard import ROUND, Guarded
from streams.core.learning.lesson import Lesson, importance_of, learnt, loss_of, odds_of
from streams.core.learning.merge import merged
from streams.core.learning.ranker import MERGE_EVERY, LearnedRanker
from streams.core.learning.state import RankerState
from streams.core.ranking import HandSetRanker
from streams.core.segments import Segments
from streams.events import RankerWeights

CANDIDATES = 30


def candidates(random: np.random.Generator, cold: float = 0.3) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Features of a list: noise, a share of cold candidates, a user of middling history."""
    features = random.normal(size=(CANDIDATES, len(FEATURES))).astype(np.float32)
    features[:, COLUMN["untried"]] = random.random(CANDIDATES) < cold
    features[:, COLUMN["novice"]] = 0.5
    return features


def wanted(random: np.random.Generator, feature: str, cold: float = 0.3) -> Lesson:
    """Users take what has most of one feature."""
    features = candidates(random, cold)
    return Lesson(features, int(features[:, COLUMN[feature]].argmax()), np.ones(CANDIDATES, np.float32))


def best(ranker: LearnedRanker, lesson: Lesson) -> int:
    scores = ranker.contributions(lesson.features, Segments.one(CANDIDATES)).sum(axis=1)
    return int(scores.argmax())


def test_a_new_installation_ranks_like_the_hand_set_weights() -> None:
    features = candidates(np.random.default_rng(1))
    ours = LearnedRanker().contributions(features, Segments.one(CANDIDATES))
    assert ours == pytest.approx(HandSetRanker().contributions(features, Segments.one(CANDIDATES)), abs=1e-5)


def test_it_learns_what_users_want() -> None:
    random = np.random.default_rng(2)
    ranker = LearnedRanker()
    for _ in range(400):
        ranker.learn(wanted(random, "era"))
    tried = [wanted(random, "era") for _ in range(50)]
    assert sum(best(ranker, lesson) == lesson.target for lesson in tried) > 35
    assert sum(best(LearnedRanker(), lesson) == lesson.target for lesson in tried) < 15


def test_the_network_learns_what_no_sum_of_features_says() -> None:
    random = np.random.default_rng(3)
    state = RankerState.starting({})
    for _ in range(1500):
        features = candidates(random)
        target = int((features[:, COLUMN["tags"]] * features[:, COLUMN["era"]]).argmax())
        state = learnt(state, Lesson(features, target, np.ones(CANDIDATES, np.float32)))
    assert state.share > 0
    assert state.losses[1] < state.losses[0] - 0.1


def test_a_frozen_ranker_learns_nothing() -> None:
    ranker = LearnedRanker(frozen=True)
    before = ranker.state
    ranker.learn(wanted(np.random.default_rng(4), "era"))
    assert ranker.state is before


def test_what_counts_for_known_items_does_not_bury_cold_ones() -> None:
    """Popularity decides among known items and content among cold ones: each kind is ordered by its own."""
    random = np.random.default_rng(5)
    state = RankerState.starting()
    for turn in range(600):
        features = candidates(random, cold=0.5)
        cold = features[:, COLUMN["untried"]] > 0
        features[cold, COLUMN["all_time"]] = -2
        kind, feature = (cold, "content_max") if turn % 2 else (~cold, "all_time")
        target = int(np.where(kind, features[:, COLUMN[feature]], -np.inf).argmax())
        state = learnt(state, Lesson(features, target, np.ones(CANDIDATES, np.float32)))
    features = candidates(random, cold=0.5)
    cold = features[:, COLUMN["untried"]] > 0
    features[cold, COLUMN["all_time"]] = -2
    order = np.argsort(-LearnedRanker(state).contributions(features, Segments.one(CANDIDATES)).sum(axis=1))
    assert cold[order[:10]].any()
    assert (~cold[order[:10]]).any()


def test_weights_that_predict_worse_are_given_up() -> None:
    random = np.random.default_rng(6)
    state = RankerState.starting({"era": 2.0})
    guarded = Guarded.starting(state)
    spoilt = RankerState.starting({"era": -2.0})
    guarded = replace(guarded, state=spoilt)
    for _ in range(ROUND):
        lesson = wanted(random, "era")
        # Whatever it learns is spoilt again, as by a feed that no longer fits.
        guarded = replace(guarded.learnt(lesson), state=spoilt) if guarded.seen < ROUND - 1 else guarded.learnt(lesson)
    assert guarded.rollbacks == 1
    assert guarded.state.linear is state.linear
    assert guarded.state.lessons > state.lessons, "others could not tell that it is the newer state"


def test_weights_that_predict_better_become_the_good_ones() -> None:
    random = np.random.default_rng(7)
    guarded = Guarded.starting(RankerState.starting({}))
    for _ in range(ROUND):
        guarded = guarded.learnt(wanted(random, "era"))
    assert guarded.rollbacks == 0
    assert guarded.good is guarded.state
    assert loss_of(guarded.good, wanted(random, "era")) < np.log(CANDIDATES)


def test_an_act_on_what_stood_on_top_teaches_less() -> None:
    weights = [importance_of(place) for place in (0, 1, 4, 20, None)]
    assert weights == sorted(weights)
    assert 0 < weights[0] < 0.5
    assert weights[-2:] == [1.0, 1.0]


def test_what_was_shown_and_passed_over_counts_against_itself() -> None:
    random = np.random.default_rng(8)
    lesson = wanted(random, "era")
    hashes = np.arange(CANDIDATES, dtype=np.uint32)
    shown = (lesson.target + 1) % CANDIDATES
    plain = learnt(RankerState.starting(), lesson)
    told = learnt(RankerState.starting(), replace(lesson, odds=odds_of(hashes, {shown})))
    one = Segments.one(CANDIDATES)

    def gap(state: RankerState) -> float:
        scores = LearnedRanker(state).contributions(lesson.features, one).sum(axis=1)
        return float(scores[lesson.target] - scores[shown])

    assert gap(told) > gap(plain)


def test_workers_that_learned_apart_know_together_what_each_does() -> None:
    random = np.random.default_rng(9)
    one, other = RankerState.starting({}), RankerState.starting({})
    for _ in range(200):
        one = learnt(one, wanted(random, "era"))
    for _ in range(100):
        other = learnt(other, wanted(random, "tags"))
    both = merged([one, other])
    assert both.lessons == 300
    share = both.linear[0, COLUMN["era"]] / one.linear[0, COLUMN["era"]]
    assert share == pytest.approx(2 / 3, abs=0.05)
    assert both.linear[0, COLUMN["tags"]] > 0.2 * other.linear[0, COLUMN["tags"]] > 0


def test_a_state_with_broken_weights_is_left_out_of_the_merge() -> None:
    good = learnt(RankerState.starting(), wanted(np.random.default_rng(10), "era"))
    broken = good.copy()
    broken.linear[0, 0] = np.nan
    assert np.array_equal(merged([good, broken]).linear, good.linear)
    with pytest.raises(ValueError, match="no state with finite weights"):
        merged([broken])


def test_a_state_survives_being_written_and_read() -> None:
    state = learnt(RankerState.starting(), wanted(np.random.default_rng(11), "era"))
    raw = msgspec.json.encode(wire.weights_of(3, state))
    again = wire.state_of(msgspec.json.decode(raw, type=RankerWeights))
    assert again is not None
    assert again.lessons == state.lessons
    for name in ("linear", "squares", "network", "first", "second", "losses"):
        assert np.array_equal(getattr(again, name), getattr(state, name))


def test_weights_of_another_model_or_broken_ones_are_not_taken_for_ours() -> None:
    state = RankerState.starting()
    good = wire.weights_of(0, state)
    assert wire.state_of(good) is not None
    assert wire.state_of(msgspec.structs.replace(good, version="learned-other")) is None
    assert wire.state_of(msgspec.structs.replace(good, arrays=good.arrays | {"linear": b"1234"})) is None
    state.network[0] = np.inf
    assert wire.state_of(wire.weights_of(0, state)) is None


def test_partitions_teach_states_of_their_own_and_lists_are_ranked_by_their_mean() -> None:
    random = np.random.default_rng(12)
    ranker = LearnedRanker(RankerState.starting({}))
    for turn in range(2 * MERGE_EVERY):
        ranker.learn(wanted(random, "era"), partition=turn % 2)
    assert ranker.state.lessons == 2 * MERGE_EVERY


def test_a_worker_goes_on_from_what_a_partition_had_taught_its_last_owner() -> None:
    random = np.random.default_rng(13)
    before, after = LearnedRanker(), LearnedRanker()
    for _ in range(30):
        published = before.learn(wanted(random, "era"), partition=4)
    assert published is not None
    after.hear(4, published)
    assert np.array_equal(after.state.linear, published.linear)
    following = after.learn(wanted(random, "era"), partition=4)
    assert following is not None
    assert following.lessons == 31
    after.hear(4, published)  # its own echo, or an older owner's: it knows more already
    assert after.state.lessons == 31
