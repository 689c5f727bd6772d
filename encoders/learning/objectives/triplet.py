"""The triplet objective with the hardest negative of the batch, both ways.

Schroff et al., "FaceNet" (2015); the hardest negative only, as in Faghri et al., "VSE++" (2018).
"""

from __future__ import annotations

from torch import Tensor, nn


class Triplet(nn.Module):
    """See `base.Objective`. margin in cosine."""

    def __init__(self, margin: float = 0.2) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        cosines = left @ right.T
        pairs = cosines.diagonal()
        others = cosines.masked_fill(same, -1.0)
        there = (self.margin + others.amax(dim=1) - pairs).clamp_min(0.0)
        back = (self.margin + others.amax(dim=0) - pairs).clamp_min(0.0)
        return (there.mean() + back.mean()) / 2
