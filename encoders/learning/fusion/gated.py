"""Weights that look at the item: a gate per modality, by what the medium shows and how good it is.

Gated multimodal units (Arevalo et al., 2017), one gate per modality, not per
dimension, so that a weight can be read.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.learning.fusion.base import PARTS, Fusion, bridge_weights, weighted
from encoders.unit import unit


class Gated(Fusion):
    """log weight = a learned one per modality + its quality's effect + what the part itself says."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.log_weights = nn.Parameter(bridge_weights().log())
        self.by_quality = nn.Parameter(torch.full((PARTS,), 1.0))  # half as good: e^-0.5 of the weight
        self.by_part = nn.Parameter(torch.zeros(PARTS, width))

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        return unit(weighted(parts, self.weights(parts, present, quality)))

    def weights(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        """float32[n, 4], zeros where missing."""
        said = (parts * self.by_part).sum(dim=2)
        return present * (self.log_weights + self.by_quality * (quality - 1.0) + said).clamp(-6.0, 3.0).exp()
