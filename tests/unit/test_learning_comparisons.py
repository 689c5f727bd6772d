"""What stands beside the tower and the completion when they are measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from learning_builders import made_features, random_bridge

from encoders.learning.completion_run import WAYS, compare
from encoders.learning.config import ModelConfig
from encoders.learning.dataset import Engagement
from encoders.learning.model import AlignmentModel
from encoders.learning.splits import rows_of
from encoders.learning.tower import TowerConfig
from encoders.learning.tower_export import ServedTower, export_tower
from encoders.learning.tower_run import NothingFollows, ask, learn, milliseconds
from encoders.learning.tower_run import compare as compare_tower
from encoders.learning.tower_train import Training
from encoders.spec import DIMENSION

ITEMS = 60
SMALL = TowerConfig(length=8, width=32, layers=1, heads=2, dropout=0.0)


def in_circles(users: int = 40, steps: int = 20) -> list[Engagement]:
    """After item i comes i + 1, which no mean of the history can know."""
    rng = np.random.default_rng(0)
    starts = rng.integers(0, ITEMS, users)
    return [
        Engagement(f"u{user}", f"i{(start + step) % ITEMS}", float(step), 1.0)
        for user, start in enumerate(starts)
        for step in range(steps)
    ]


def test_the_past_lies_before_the_choosing_and_that_before_the_final_questions() -> None:
    asked = ask(in_circles(), [f"i{row}" for row in range(ITEMS)], length=8, seed=0)
    last = max(float(times[-1]) for times in asked.past.times)
    seen = {len(question.seen) for question in asked.choosing}, {len(question.seen) for question in asked.final}
    assert last < min(seen[0]) <= max(seen[0]) < min(seen[1])  # a user's n-th act is at time n here


def test_a_data_set_where_nothing_follows_is_said_to_be_one() -> None:
    with pytest.raises(NothingFollows, match=r"behaviour\.jsonl"):
        ask([Engagement("u", "i0", 0.0, 1.0)], ["i0"], length=8, seed=0)


def test_a_learned_tower_beats_the_means_where_order_matters(tmp_path: Path) -> None:
    drawn = np.random.default_rng(3).normal(size=(ITEMS, DIMENSION)).astype(np.float32)
    vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    asked = ask(in_circles(), [f"i{row}" for row in range(ITEMS)], length=SMALL.length, seed=0)
    tower = learn(asked, vectors, SMALL, Training(epochs=6, windows=16, learning_rate=5e-3, patience=6))
    rows = compare_tower(asked, vectors, tower)
    assert rows["tower"]["ndcg@10"] > 2 * max(figures["ndcg@10"] for name, figures in rows.items() if name != "tower")
    export_tower(tower, tmp_path)
    assert milliseconds(ServedTower(tmp_path, SMALL.length), users=4, rounds=3) > 0


def test_learned_completions_beat_the_average_in_a_space_that_is_not_aligned() -> None:
    torch.manual_seed(0)
    made = made_features(240)
    ways = compare(AlignmentModel(ModelConfig(hidden=8), random_bridge()), [made], "validation", steps=30)
    assert set(ways) == set(WAYS)
    asked = "made image"
    assert ways["regression"][asked]["cosine"] > ways["average"][asked]["cosine"] + 0.1
    held = rows_of(made.item_ids, "validation")
    assert ways["average"][asked]["n"] == made.present[held, 1].sum()  # every one of them has a text as well
