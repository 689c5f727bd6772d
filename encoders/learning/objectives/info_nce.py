"""InfoNCE, both ways, with a learned temperature, several positives and a weight on hard negatives.

van den Oord et al., "Representation Learning with Contrastive Predictive Coding" (2018); symmetric and with a learned
temperature as in Radford et al., CLIP (2021); several positives as the mean log likelihood over them (Khosla et al.,
"Supervised Contrastive Learning", 2020); negatives weighted by exp(hardness * similarity) (Robinson et al.,
"Contrastive Learning with Hard Negative Samples", 2021).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

START_TEMPERATURE = 0.07
MAX_SCALE = 100.0  # CLIP's bound: a sharper softmax no longer trains


class InfoNce(nn.Module):
    """See `base.Objective`. hardness 0 weighs all negatives alike."""

    def __init__(self, hardness: float = 0.0) -> None:
        super().__init__()
        self.hardness = hardness
        self.log_scale = nn.Parameter(torch.tensor(math.log(1.0 / START_TEMPERATURE)))

    def forward(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        cosines = left @ right.T
        logits = cosines * self.log_scale.exp().clamp(max=MAX_SCALE)
        if self.hardness > 0:
            logits = logits + (self.hardness * cosines).detach().masked_fill(same, 0.0)
        return (_one_way(logits, same) + _one_way(logits.T, same.T)) / 2

    @property
    def temperature(self) -> float:
        return 1.0 / min(MAX_SCALE, math.exp(float(self.log_scale.detach())))


def _one_way(logits: Tensor, same: Tensor) -> Tensor:
    log_shares = logits.log_softmax(dim=1)
    positives = same.to(logits.dtype)
    out: Tensor = -((log_shares * positives).sum(dim=1) / positives.sum(dim=1)).mean()
    return out
