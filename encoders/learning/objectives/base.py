"""What every alignment objective is: a number that is small when the two sides of each pair lie together."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class Objective(Protocol):
    """left, right float32[n, d] of unit length, row i of both being one pair; same bool[n, n]: which rows go together.

    The diagonal of `same` is always true; more is true where several rows are the same thing (equal names, one class).
    Returns a scalar.
    """

    def __call__(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor: ...


def identity(count: int, device: torch.device) -> Tensor:
    """bool[n, n]: every row goes with itself alone."""
    return torch.eye(count, dtype=torch.bool, device=device)
