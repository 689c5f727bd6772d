"""One modality must not drown the rest: gradients brought nearer to one size, and each one's contribution reported.

The rescaling is GradNorm's aim (Chen et al., 2018) done directly: each head's gradient times (mean norm / own norm) to
the power of `strength`. The contribution is what an item's vector loses when the modality is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from encoders.learning.fusion.base import Fusion
from encoders.spec import MODALITIES

TINY = 1e-12
MAX_GAIN = 10.0  # a head that hardly gets a gradient is not blown up into noise


def balance_gradients(heads: Mapping[str, nn.Module], strength: float) -> dict[str, float]:
    """Rescale the gradients in place (strength 0: not at all, 1: all alike); returns each head's share before that."""
    norms = {name: _norm(head) for name, head in heads.items()}
    norms = {name: norm for name, norm in norms.items() if norm > TINY}
    if not norms:
        return {}
    mean, total = sum(norms.values()) / len(norms), sum(norms.values())
    for name, norm in norms.items():
        gain = min(MAX_GAIN, (mean / norm) ** strength)
        for parameter in heads[name].parameters():
            if parameter.grad is not None:
                parameter.grad.mul_(gain)
    return {name: norm / total for name, norm in norms.items()}


@torch.no_grad()
def contributions(fusion: Fusion, parts: Tensor, present: Tensor, quality: Tensor) -> dict[str, float]:
    """By modality: the mean of 1 - cos(vector, vector without it), over the items that have it and another one."""
    whole = fusion(parts, present, quality)
    report = {}
    for at, name in enumerate(MODALITIES):
        rows = (present[:, at] > 0) & (present.sum(dim=1) > 1)
        if not rows.any():
            continue
        without = present[rows].clone()
        without[:, at] = 0.0
        left = parts[rows] * without.unsqueeze(2)
        cosine = (whole[rows] * fusion(left, without, quality[rows])).sum(dim=1)
        report[name] = float(1.0 - cosine.mean())
    return report


def _norm(head: nn.Module) -> float:
    squares = [float(p.grad.square().sum()) for p in head.parameters() if p.grad is not None]
    return math.sqrt(sum(squares))
