"""The behaviour objective: items that one user engaged with near in time belong together.

A sampled softmax over the batch with the popularity correction of Yi et al., "Sampling-Bias-Corrected Neural Modeling
for Large Corpus Item Recommendations" (2019): a popular item is in more batches, so its logit is lowered by the log of
how often it is drawn.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from encoders.learning.objectives.info_nce import MAX_SCALE, START_TEMPERATURE


class Behaviour(nn.Module):
    """left, right float32[n, d]: the items of pair i; same bool[n, n]: pairs whose right sides fit the left one too.

    log_share float32[n]: the log of the share of pairs that have right side i.
    """

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(1.0 / START_TEMPERATURE)))

    def forward(self, left: Tensor, right: Tensor, same: Tensor, log_share: Tensor | None = None) -> Tensor:
        logits = left @ right.T * self.log_scale.exp().clamp(max=MAX_SCALE)
        if log_share is not None:
            logits = logits - log_share
        # What fits as well is no negative; the pair itself is the positive.
        itself = torch.eye(len(left), dtype=torch.bool, device=left.device)
        masked = logits.masked_fill(same & ~itself, float("-inf"))
        out: Tensor = -masked.log_softmax(dim=1).diagonal().mean()
        return out
