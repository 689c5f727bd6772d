"""Recommending items that nothing was trained on."""

import numpy as np
import pytest

from encoders.learning.dataset import Engagement
from encoders.learning.splits import rows_of, split_of
from encoders.measuring.cold import TEMPERATURES, ColdTask, best_temperature, cold_task, recommend

IDS = [f"item-{number}" for number in range(200)]


def acts(users: int = 30, strength: float = 1.0) -> list[Engagement]:
    """Even users like even items, odd ones odd items."""
    rng = np.random.default_rng(0)
    return [
        Engagement(f"u{user}", IDS[row], float(row), strength)
        for user in range(users)
        for row in range(user % 2, len(IDS), 2)
        if rng.random() < 0.3
    ]


def task() -> ColdTask:
    found = cold_task(IDS, acts())
    assert found is not None
    return found


def test_candidates_are_all_of_the_test_split_and_histories_none_of_it() -> None:
    cold = task()
    assert {split_of(IDS[row]) for row in cold.history} == {"train"}
    np.testing.assert_array_equal(cold.candidates, rows_of(IDS, "test"))
    assert all(len(history) and len(relevant) for history, relevant in zip(cold.histories, cold.relevant, strict=True))
    assert max(int(rows.max()) for rows in cold.relevant) < len(cold.candidates)


def test_the_split_of_an_item_depends_on_its_id_alone() -> None:
    """Pinned: an item that changes its split would be measured after having been learned from."""
    known = {"item-0": "test", "item-1": "train", "item-7": "validation", "stamp.animals.amphibians.frog": "train"}
    assert {one: split_of(one) for one in known} == known
    shares = [
        np.mean([split_of(f"x{number}") == name for number in range(4000)]) for name in ("train", "validation", "test")
    ]
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.03)


def test_a_space_that_knows_the_camps_recommends_and_chance_does_not() -> None:
    cold = task()
    camp = np.eye(2, dtype=np.float32)[np.arange(len(IDS)) % 2]
    knowing = recommend(cold, camp[cold.history] @ camp[cold.candidates].T, 0.1)
    chance = np.random.default_rng(0).normal(size=(len(cold.history), len(cold.candidates))).astype(np.float32)
    guessing = recommend(cold, np.tanh(chance), 0.1)
    assert knowing["ndcg@10"].mean() > 1.5 * guessing["ndcg@10"].mean()
    assert knowing["recall@10"].mean() > 1.5 * guessing["recall@10"].mean()


def test_the_right_items_first_give_one() -> None:
    cold = ColdTask(np.arange(1), np.arange(12), (np.array([0]),) * 2, (np.array([3]), np.array([3, 5])))
    likeness = np.zeros((1, 12), np.float32)
    likeness[0, [3, 5]] = 0.9, 0.8
    figures = recommend(cold, likeness, 0.3)
    assert figures["ndcg@10"].tolist() == [1.0, 1.0]
    assert figures["recall@10"].tolist() == [1.0, 1.0]


def test_a_space_that_knows_nothing_gains_nothing_from_the_order_of_the_file() -> None:
    """All scores are equal, and everybody likes the first of a long list of candidates."""
    candidates = 400
    cold = ColdTask(np.arange(1), np.arange(candidates), (np.array([0]),), (np.arange(10),))
    assert recommend(cold, np.zeros((1, candidates), np.float32), 0.1)["ndcg@10"][0] < 0.5


def test_dislikes_and_unknown_items_make_no_task() -> None:
    assert cold_task(IDS, acts(strength=-1.0)) is None
    assert cold_task(IDS, [Engagement(f"u{n}", "elsewhere", 0.0, 1.0) for n in range(50)]) is None


def test_the_temperature_is_one_of_those_offered() -> None:
    cold = task()
    camp = np.eye(2, dtype=np.float32)[np.arange(len(IDS)) % 2]
    assert best_temperature(cold, camp[cold.history] @ camp[cold.candidates].T) in TEMPERATURES
