"""How well a vector of a user's history finds the item they take up next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from encoders.learning.tower import SequenceTower
from encoders.learning.tower_data import Question, Rows, padded

Floats = NDArray[np.float32]
Taste = Callable[[Sequence[Rows]], Floats]  # n histories to float32[n, d]
BATCH = 128


def measure(questions: Sequence[Question], vectors: Floats, taste: Taste) -> dict[str, float]:
    """ndcg@10, recall@10 and mrr of the item that came next, among all items the user had not taken up."""
    ranks = [
        rank for at in range(0, len(questions), BATCH) for rank in _ranks(questions[at : at + BATCH], vectors, taste)
    ]
    rank = np.array(ranks, np.float64)
    return {
        "ndcg@10": float(np.where(rank < 10, 1 / np.log2(rank + 2), 0).mean()),
        "recall@10": float((rank < 10).mean()),
        "mrr": float((1 / (rank + 1)).mean()),
        "questions": float(len(rank)),
    }


def mean_of_history(vectors: Floats, decay: float = 1.0, newest: int | None = None) -> Taste:
    """The mean of the last `newest` items, each step back weighing `decay` times the one before it."""

    def taste(histories: Sequence[Rows]) -> Floats:
        out = np.zeros((len(histories), vectors.shape[1]), np.float32)
        for row, history in enumerate(histories):
            last = history if newest is None else history[-newest:]
            out[row] = decay ** np.arange(len(last) - 1, -1, -1, dtype=np.float32) @ vectors[last]
        return out

    return taste


def tower_taste(tower: SequenceTower, vectors: Floats) -> Taste:
    """The tower's next-interest vector."""

    def taste(histories: Sequence[Rows]) -> Floats:
        history, length = padded([rows[-tower.config.length :] for rows in histories], vectors)
        with torch.inference_mode():
            out: Floats = tower(torch.from_numpy(history), torch.from_numpy(length)).numpy()
        return out

    return taste


def popularity(counts: NDArray[np.float32]) -> Taste:
    """What everybody took up most, whoever asks: measure it against `np.eye` of the items as vectors."""
    return lambda histories: np.tile(counts, (len(histories), 1)).astype(np.float32)


def _ranks(questions: Sequence[Question], vectors: Floats, taste: Taste) -> list[int]:
    scores = taste([question.history for question in questions]) @ vectors.T
    ranks = []
    for line, question in zip(scores, questions, strict=True):
        line[question.seen] = -np.inf
        ranks.append(int((line > line[question.answer]).sum()))
    return ranks
