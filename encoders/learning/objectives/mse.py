"""The mean squared error of pairs: both sides of a pair in one place, whatever lies elsewhere."""

from __future__ import annotations

from torch import Tensor, nn


class MeanSquaredError(nn.Module):
    """See `base.Objective`. The squared distance of a pair, 2 - 2 cos for unit vectors, meaned over pairs.

    It has no negatives: alone it can be had by putting everything in one place, so it is used beside another.
    """

    def forward(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        return (left - right).square().sum(dim=1).mean()
