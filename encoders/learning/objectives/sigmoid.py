"""SigLIP's pairwise sigmoid: every cell of the batch is its own yes-or-no question (Zhai et al., 2023)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

START_SCALE, START_BIAS = 10.0, -10.0  # as published: begins at the prior that almost no pair goes together


class Sigmoid(nn.Module):
    """See `base.Objective`. The sum over a row's cells, meaned over rows, as published."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))
        self.bias = nn.Parameter(torch.tensor(START_BIAS))

    def forward(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        logits = left @ right.T * self.log_scale.exp() + self.bias
        signs = same.to(logits.dtype) * 2 - 1
        return -nn.functional.logsigmoid(signs * logits).sum(dim=1).mean()
