"""The sequence tower: reads what a user took up, says what comes next."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from encoders.learning.dataset import Engagement
from encoders.learning.tower import SequenceTower, TowerConfig
from encoders.learning.tower_data import Sequences, padded, questions, sequences, windows
from encoders.learning.tower_export import ServedTower, export_tower
from encoders.learning.tower_measure import mean_of_history, measure, popularity, tower_taste
from encoders.learning.tower_train import Training, train_tower
from encoders.spec import DIMENSION, Floats

SMALL = TowerConfig(length=8, width=32, layers=1, heads=2, dropout=0.0)


@pytest.fixture
def vectors() -> Floats:
    drawn = np.random.default_rng(3).normal(size=(60, DIMENSION)).astype(np.float32)
    unit: Floats = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def learned(config: TowerConfig = SMALL) -> SequenceTower:
    """A tower whose every weight does something: at first the output layer is zero."""
    torch.manual_seed(5)
    tower = SequenceTower(config)
    torch.nn.init.normal_(tower.leave.weight, std=0.3)
    for block in tower.blocks:
        torch.nn.init.normal_(block.bias)  # type: ignore[arg-type]  # nn.ModuleList forgets what it holds
    return tower.eval()


def cycles(users: int, length: int, items: int, seed: int = 0) -> Sequences:
    """After item i comes i + 1: a rule that a mean of the history cannot follow."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, items, users)
    rows = tuple((start + np.arange(length)) % items for start in starts)
    return Sequences(rows, tuple(np.arange(length, dtype=np.float64) + 0.01 * user for user in range(users)))


def test_an_untrained_tower_gives_the_decayed_mean_of_the_history(vectors: Floats) -> None:
    histories = [np.array([3, 1, 4, 1, 5]), np.array([9])]
    decayed = mean_of_history(vectors, SMALL.decay)(histories)
    expected = decayed / np.linalg.norm(decayed, axis=1, keepdims=True)
    np.testing.assert_allclose(tower_taste(SequenceTower(SMALL).eval(), vectors)(histories), expected, atol=1e-5)


def test_no_step_looks_at_what_came_later(vectors: Floats) -> None:
    tower = learned()
    history, _ = padded([np.arange(8)], vectors)
    changed = history.copy()
    changed[:, 5:] = vectors[50:53]
    with torch.inference_mode():
        before, after = (tower.every_step(torch.from_numpy(h)) for h in (history, changed))
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert (before[:, 5:] - after[:, 5:]).abs().max() > 1e-3


def test_other_users_and_padding_change_nothing(vectors: Floats) -> None:
    taste = tower_taste(learned(), vectors)
    together = taste([np.array([3, 1, 4]), np.arange(8), np.array([7])])
    np.testing.assert_allclose(taste([np.array([3, 1, 4])])[0], together[0], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_a_user_without_a_history_has_no_interest(vectors: Floats) -> None:
    with torch.inference_mode():
        interest = learned()(torch.zeros(1, 3, DIMENSION), torch.tensor([0]))
    assert not interest.any()


def test_only_the_newest_items_are_read(vectors: Floats) -> None:
    taste = tower_taste(learned(), vectors)
    np.testing.assert_array_equal(taste([np.arange(20)]), taste([np.arange(12, 20)]))


def test_training_learns_an_order_that_the_mean_cannot(vectors: Floats) -> None:
    past, later = cycles(80, 12, 60), cycles(20, 12, 60, seed=1)
    asked = questions(later, start=-1, end=np.inf, length=8, most=60, rng=np.random.default_rng(0))
    seen: list[float] = []
    tower = train_tower(
        vectors,
        past,
        lambda tower: measure(asked, vectors, tower_taste(tower, vectors))["ndcg@10"],
        config=SMALL,
        training=Training(epochs=12, windows=16, learning_rate=5e-3, patience=12),
        progress=lambda _epoch, _loss, score: seen.append(score),
    )
    got = measure(asked, vectors, tower_taste(tower, vectors))
    assert got["ndcg@10"] == pytest.approx(max(seen))  # the best epoch is kept, not the last
    assert got["ndcg@10"] > 0.5
    assert measure(asked, vectors, mean_of_history(vectors))["ndcg@10"] < 0.3


def test_equal_seeds_give_equal_towers(vectors: Floats) -> None:
    training = Training(epochs=1, windows=16)
    one, other = (
        train_tower(vectors, cycles(10, 12, 60), lambda _: 0.0, config=SMALL, training=training) for _ in range(2)
    )
    for name, value in one.state_dict().items():
        torch.testing.assert_close(value, other.state_dict()[name], rtol=0, atol=0)


def test_the_exported_tower_equals_torch_for_any_number_of_users_and_steps(vectors: Floats, tmp_path: Path) -> None:
    tower = learned()
    export_tower(tower, tmp_path)
    served = ServedTower(tmp_path, SMALL.length)
    for histories in ([np.array([4])], [np.arange(20), np.array([1, 2]), np.array([3])]):
        expected = tower_taste(tower, vectors)(histories)
        np.testing.assert_allclose(served.interests(histories, vectors), expected, atol=1e-4)


def act(user: str, item: str, time: float, strength: float = 1.0) -> Engagement:
    return Engagement(user, item, time, strength)


def test_sequences_are_likes_in_order_each_item_once() -> None:
    acts = [
        act("u", "b", 2),
        act("u", "a", 1),
        act("u", "c", 3, -1),
        act("u", "a", 4),
        act("v", "a", 5),
        act("u", "?", 6),
    ]
    made = sequences(acts, {"a": 0, "b": 1, "c": 2})
    assert [rows.tolist() for rows in made.items] == [[0, 1]]  # v liked one thing only: nothing follows it


def test_questions_lie_in_their_span_and_know_all_that_came_before() -> None:
    whole = Sequences((np.array([5, 6, 7, 8]),), (np.array([1.0, 2.0, 3.0, 4.0]),))
    asked = questions(whole, start=3.0, end=4.0, length=1, most=9, rng=np.random.default_rng(0))
    assert [(q.history.tolist(), q.seen.tolist(), q.answer) for q in asked] == [([6], [5, 6], 7)]


def test_windows_cover_every_step_of_a_sequence_for_training() -> None:
    whole = cycles(5, 40, 60)
    pieces = list(windows(whole, 8, np.random.default_rng(0)))
    assert all(2 <= len(piece) <= 9 for piece in pieces)
    steps = {(int(a), int(b)) for piece in pieces for a, b in pairwise(piece)}
    assert steps == {(int(a), int(b)) for rows in whole.items for a, b in pairwise(rows)}


def test_a_perfect_taste_scores_one_and_what_was_taken_up_does_not_count(vectors: Floats) -> None:
    asked = questions(cycles(5, 6, 60), start=-1, end=np.inf, length=8, most=20, rng=np.random.default_rng(0))
    answers = np.array([question.answer for question in asked])
    perfect = measure(asked, vectors, lambda histories: vectors[answers[: len(histories)]])
    assert perfect["ndcg@10"] == perfect["recall@10"] == perfect["mrr"] == 1.0
    counts = np.zeros(60, np.float32)
    counts[asked[0].seen] = 9.0
    counts[asked[0].answer] = 1.0
    assert measure(asked[:1], np.eye(60, dtype=np.float32), popularity(counts))["mrr"] == 1.0
