"""Fusion without or with little to learn: the plain average, and the average with one learned weight per modality."""

from __future__ import annotations

from torch import Tensor, nn

from encoders.learning.fusion.base import Fusion, bridge_weights, weighted
from encoders.unit import unit


class Average(Fusion):
    """The mean of what is there."""

    def __init__(self, width: int) -> None:
        super().__init__()

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        return unit(weighted(parts, present))


class Weighted(Fusion):
    """One learned weight per modality, for all items alike."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.log_weights = nn.Parameter(bridge_weights().log())

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        return unit(weighted(parts, present * self.log_weights.exp()))
