"""Fusion with nothing to learn: fixed weights, each times the quality of its medium.

A learned gate trusts a kind of picture as it found the pictures it was trained on. Fixed weights are what they are on
items of any kind; docs/encoders.md (Training) has the figures that they were chosen by.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.learning.fusion.base import Fusion, bridge_weights, weighted
from encoders.unit import unit

LOOKS = 0.5  # of what the bridge gives to pictures and to films, whose frames go through the same head


class Fixed(Fusion):
    """weight = the bridge's one of the modality * the medium's quality."""

    def __init__(self, width: int) -> None:
        super().__init__()
        # Saved with the model, so that one trained under today's weights keeps them.
        self.fixed = nn.Buffer(bridge_weights())

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        return unit(weighted(parts, present * quality * self.fixed))


class WordsFirst(Fixed):
    """The same with half the weight for what is seen: text 1, picture 0.25, sound 0.25, video 0.25."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.fixed.mul_(torch.tensor([1.0, LOOKS, 1.0, LOOKS]))
