"""Training the sequence tower: at every step of a history, the item that came next against others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders.learning.tower import SequenceTower, TowerConfig
from encoders.learning.tower_data import Rows, Sequences, padded, windows

Floats = NDArray[np.float32]
Progress = Callable[[int, float, float], None]  # epoch, loss, the score that decides when to stop
OTHERS = 2048  # items drawn evenly that the next one is held against


@dataclass(frozen=True, slots=True)
class Training:
    """`patience`: epochs without a better score before it stops. `temperature`: cosines are divided by it."""

    epochs: int = 30
    patience: int = 4
    windows: int = 48  # per step
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    temperature: float = 0.07
    seed: int = 0


def train_tower(
    vectors: Floats,
    past: Sequences,
    score: Callable[[SequenceTower], float],
    *,
    config: TowerConfig | None = None,
    training: Training | None = None,
    progress: Progress | None = None,
) -> SequenceTower:
    """The tower of the best `score` (greater is better, asked after every epoch) for items float32[n, 256].

    Sampled softmax over `OTHERS` items drawn evenly and the other answers of the step (Jean et al., 2015).
    """
    training = training or Training()
    torch.manual_seed(training.seed)
    rng = np.random.default_rng(training.seed)
    touched = np.unique(np.concatenate(past.items))
    tower = SequenceTower(config or TowerConfig())
    optimiser = torch.optim.AdamW(tower.parameters(), training.learning_rate, weight_decay=training.weight_decay)
    best, state, since = score(tower.eval()), _copy(tower), 0
    for epoch in range(training.epochs):
        tower.train()
        losses = [
            _step(tower, optimiser, pieces=batch, vectors=vectors, touched=touched, training=training, rng=rng)
            for batch in _batches(past, tower, training, rng)
        ]
        reached = score(tower.eval())
        if progress:
            progress(epoch, float(np.mean(losses)), reached)
        if reached > best:
            best, state, since = reached, _copy(tower), 0
        elif (since := since + 1) >= training.patience:
            break
    tower.load_state_dict(state)
    return tower.eval()


def _batches(past: Sequences, tower: SequenceTower, training: Training, rng: np.random.Generator) -> list[list[Rows]]:
    pieces = list(windows(past, tower.config.length, rng))
    order = rng.permutation(len(pieces))
    return [[pieces[i] for i in order[at : at + training.windows]] for at in range(0, len(order), training.windows)]


def _step(
    tower: SequenceTower,
    optimiser: torch.optim.Optimizer,
    *,
    pieces: list[Rows],
    vectors: Floats,
    touched: Rows,
    training: Training,
    rng: np.random.Generator,
) -> float:
    history, lengths = padded([piece[:-1] for piece in pieces], vectors)
    there = np.arange(history.shape[1]) < lengths[:, None]
    answers = np.concatenate([piece[1:] for piece in pieces])  # in the order of history[there]
    wanted = tower.every_step(torch.from_numpy(history))[torch.from_numpy(there)]
    loss = _loss(wanted, answers, vectors=vectors, touched=touched, temperature=training.temperature, rng=rng)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch publishes no type for it
    nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _loss(
    wanted: Tensor, answers: Rows, *, vectors: Floats, touched: Rows, temperature: float, rng: np.random.Generator
) -> Tensor:
    # Only what somebody took up: else the tower learns that new items are never taken up, which is not what it is for.
    others = rng.choice(touched, OTHERS)
    candidates, place = np.unique(np.concatenate([answers, others]), return_inverse=True)
    cosines = wanted @ torch.from_numpy(vectors[candidates]).T
    return nn.functional.cross_entropy(cosines / temperature, torch.from_numpy(place[: len(answers)]))


def _copy(tower: SequenceTower) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in tower.state_dict().items()}
