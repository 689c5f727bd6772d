"""A sequence tower of a data set's behaviour: trained on the past, chosen on what followed, measured on what came last.

Times are cut, not items: a tower is asked what a user takes up next, and what comes next may be new to everybody.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from encoders.learning.dataset import Engagement
from encoders.learning.tower import SequenceTower, TowerConfig
from encoders.learning.tower_data import Question, Sequences, questions, sequences
from encoders.learning.tower_export import ServedTower
from encoders.learning.tower_measure import Taste, mean_of_history, measure, popularity, tower_taste
from encoders.learning.tower_train import Progress, Training, train_tower
from encoders.spec import DIMENSION, Floats

PAST, CHOOSING = 0.8, 0.9  # shares of all acts: before the first is learned from, between the two is chosen on
MOST = 4000  # questions of a kind
DECAYS = (0.5, 0.7, 0.8, 0.9, 0.95)  # of the decayed mean that the tower has to beat; the best one is chosen as it is
FIGURE = "ndcg@10"


class NothingFollows(ValueError):
    """A data set without users who took up several things."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The past to learn from, and the questions to choose on and to measure on."""

    past: Sequences
    choosing: list[Question]
    final: list[Question]


def ask(acts: Sequence[Engagement], item_ids: Sequence[str], length: int, seed: int) -> Asked:
    """Cut by time. Raises NothingFollows."""
    whole = sequences(acts, {item_id: row for row, item_id in enumerate(item_ids)})
    if not whole.items:
        raise NothingFollows("nobody took up two things here; give a data set with behaviour.jsonl")
    first, second = whole.moment(PAST), whole.moment(CHOOSING)
    rng = np.random.default_rng(seed)
    cut = [(first, second), (second, np.inf)]
    choosing, final = (questions(whole, start=a, end=b, length=length, most=MOST, rng=rng) for a, b in cut)
    past = whole.before(first)
    if not choosing or not final or not any(len(rows) > 1 for rows in past.items):
        raise NothingFollows("too little follows here to learn from and to measure on; give a longer behaviour.jsonl")
    kept = [at for at, rows in enumerate(past.items) if len(rows) > 1]
    return Asked(Sequences(tuple(past.items[at] for at in kept), tuple(past.times[at] for at in kept)), choosing, final)


def learn(
    asked: Asked, vectors: Floats, config: TowerConfig, training: Training, progress: Progress | None = None
) -> SequenceTower:
    """The tower that is best on the choosing questions, for items float32[n, 256]."""

    def score(tower: SequenceTower) -> float:
        return measure(asked.choosing, vectors, tower_taste(tower, vectors))[FIGURE]

    return train_tower(vectors, asked.past, score, config=config, training=training, progress=progress)


def compare(asked: Asked, vectors: Floats, tower: SequenceTower) -> dict[str, dict[str, float]]:
    """The tower beside what costs nothing, on the final questions: the mean, the best decayed mean, what is popular."""
    decay = max(DECAYS, key=lambda d: measure(asked.choosing, vectors, mean_of_history(vectors, d))[FIGURE])
    counts = np.bincount(np.concatenate(asked.past.items), minlength=len(vectors)).astype(np.float32)
    tastes: dict[str, Taste] = {
        "tower": tower_taste(tower, vectors),
        "mean": mean_of_history(vectors),
        f"decayed mean {decay}": mean_of_history(vectors, decay),
    }
    rows = {name: measure(asked.final, vectors, taste) for name, taste in tastes.items()}
    return rows | {"popularity": measure(asked.final, np.eye(len(vectors), dtype=np.float32), popularity(counts))}


def milliseconds(served: ServedTower, users: int = 32, rounds: int = 50) -> float:
    """Median time per user in batches of `users` whose histories are as long as the tower reads; one thread."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1000, DIMENSION)).astype(np.float32)
    histories = [rng.integers(0, len(vectors), served.length) for _ in range(users)]
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        served.interests(histories, vectors)
        took.append(time.perf_counter() - begun)
    return float(np.median(took)) * 1000 / users
