"""Concatenation: all parts side by side through one linear layer, beside the weighted average it starts as."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.learning.fusion.base import PARTS, Fusion, bridge_weights, weighted
from encoders.unit import unit


class Concat(Fusion):
    """The layer sees the parts, which are there, and how good they are."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.log_weights = nn.Parameter(bridge_weights().log())
        self.mix = nn.Linear(PARTS * width + 2 * PARTS, width)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        average = unit(weighted(parts, present * self.log_weights.exp()))
        mixed = self.mix(torch.cat([parts.flatten(1), present, quality * present], dim=1))
        return unit((average + mixed) * (present.sum(dim=1, keepdim=True) > 0))
