"""What every fusion is: the parts that an item has to its one vector. What is missing is masked, never guessed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.bridge import WEIGHTS
from encoders.spec import Modality

PARTS = len(Modality)
QUALITIES = PARTS


class Fusion(nn.Module):
    """parts float32[n, 4, d] (unit rows, zeros where missing), present float32[n, 4] of 0 and 1, quality float32[n, 4]
    in 0..1, in the order of `Modality`, to float32[n, d] of unit length (zeros for an item that has nothing).
    """

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        raise NotImplementedError


def bridge_weights() -> Tensor:
    """float32[4]: what the training-free bridge weighs the modalities with; where learned weights start."""
    return torch.tensor([WEIGHTS[modality] for modality in Modality])


def weighted(parts: Tensor, weights: Tensor) -> Tensor:
    """[n, 4, d] and [n, 4] or [4] to the sum [n, d]."""
    return (parts * weights.unsqueeze(-1)).sum(dim=1)
