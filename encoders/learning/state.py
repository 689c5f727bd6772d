"""Checkpoints of a run: everything that the next step depends on, so that a resumed run equals an unbroken one."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

FILE = "checkpoint.pt"


class WrongCheckpoint(ValueError):
    """A checkpoint of another configuration."""


@dataclass(slots=True)
class Progress:
    """Where a run stands: steps done, the best validation score so far and how many evaluations ago it was."""

    step: int = 0
    best: float = float("-inf")
    since_best: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """`weights`: the learner's averaged weights; `best_weights`: those of the best evaluation."""

    learner: nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    generator: torch.Generator
    progress: Progress
    averaged: dict[str, Tensor]
    best_weights: dict[str, Tensor]

    def save(self, folder: Path, fingerprint: str) -> None:
        """Write the checkpoint whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "fingerprint": fingerprint,
            "learner": self.learner.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "generator": self.generator.get_state(),
            "torch": torch.get_rng_state(),
            "progress": [self.progress.step, self.progress.best, self.progress.since_best, self.progress.history],
            "averaged": self.averaged,
            "best": self.best_weights,
        }
        partial = folder / f"{FILE}.partial"
        torch.save(content, partial)
        partial.replace(folder / FILE)

    def restore(self, folder: Path, fingerprint: str) -> bool:
        """Go on from the folder's checkpoint; False when there is none. Raises WrongCheckpoint."""
        path = folder / FILE
        if not path.exists():
            return False
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if content["fingerprint"] != fingerprint:
            raise WrongCheckpoint(
                f"{path} is of another configuration or other data; train without --resume or into another --out"
            )
        self.learner.load_state_dict(content["learner"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.schedule.load_state_dict(content["schedule"])
        self.generator.set_state(content["generator"])
        torch.set_rng_state(content["torch"])
        self.progress = Progress(*content["progress"])
        device = next(iter(self.averaged.values())).device
        self.averaged = {name: value.to(device) for name, value in content["averaged"].items()}
        self.best_weights = {name: value.to(device) for name, value in content["best"].items()}
        return True


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """A copy of every weight and buffer."""
    return copy.deepcopy({name: value.detach() for name, value in module.state_dict().items()})


@torch.no_grad()
def average_into(averaged: dict[str, Tensor], module: nn.Module, keep: float) -> None:
    """Moves `averaged` to keep * averaged + (1 - keep) * weights (Polyak averaging, exponential)."""
    for name, value in module.state_dict().items():
        if value.dtype.is_floating_point:
            averaged[name].lerp_(value, 1.0 - keep)
        else:
            averaged[name].copy_(value)
