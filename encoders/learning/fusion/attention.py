"""Fusion by attention: a learned query over the parts, and a small transformer over modality tokens.

Written out in plain operations, so that one graph serves torch and ONNX, and an item with nothing gives zeros, not NaN.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.learning.fusion.base import PARTS, Fusion, bridge_weights, weighted
from encoders.unit import unit

HEADS = 4
HIDDEN = 256
ABSENT = -1e4  # added to the logit of a missing part; finite, so that a row without any part stays a number


class Attention(nn.Module):
    """Multi-head attention (Vaswani et al., 2017): queries [n, q, d] over tokens [n, t, d], missing ones masked."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, queries: Tensor, tokens: Tensor, present: Tensor, bias: Tensor) -> Tensor:
        split = (HEADS, self.width // HEADS)
        query = self.query(queries).unflatten(2, split).transpose(1, 2)  # [n, h, q, d/h]
        key = self.key(tokens).unflatten(2, split).transpose(1, 2)
        value = self.value(tokens).unflatten(2, split).transpose(1, 2)
        logits = query @ key.transpose(2, 3) / split[1] ** 0.5 + bias[:, None, None, :]
        shares = (logits + (1.0 - present)[:, None, None, :] * ABSENT).softmax(dim=3)
        out: Tensor = self.out((shares @ value).transpose(1, 2).flatten(2))
        return out


class CrossAttention(Fusion):
    """One learned query looks at the parts; better parts are easier to look at."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.log_weights = nn.Parameter(bridge_weights().log())
        self.by_quality = nn.Parameter(torch.ones(PARTS))
        self.kinds = nn.Parameter(torch.randn(PARTS, width) * 0.02)
        self.query = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.look = Attention(width)

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        average = unit(weighted(parts, present * self.log_weights.exp()))
        bias = self.log_weights + self.by_quality * (quality - 1.0)
        seen = self.look(self.query + average.unsqueeze(1), parts + self.kinds, present, bias).squeeze(1)
        return unit((average + seen) * (present.sum(dim=1, keepdim=True) > 0))


class Transformer(Fusion):
    """One pre-norm layer over the parts as tokens, then their weighted average (as a summary token would be)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.log_weights = nn.Parameter(bridge_weights().log())
        self.by_quality = nn.Parameter(torch.ones(PARTS))
        self.kinds = nn.Parameter(torch.randn(PARTS, width) * 0.02)
        self.norm_in, self.norm_out = nn.LayerNorm(width), nn.LayerNorm(width)
        self.look = Attention(width)
        self.bend = nn.Sequential(nn.Linear(width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, width))
        last = self.bend[2]
        nn.init.zeros_(last.weight)  # type: ignore[arg-type]  # a Linear's weight; Sequential forgets the type
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]  # the same

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        bias = self.by_quality * (quality - 1.0)
        normed = self.norm_in(parts + self.kinds)
        tokens = parts + self.look(normed, normed, present, bias)
        tokens = tokens + self.bend(self.norm_out(tokens))
        return unit(weighted(tokens, present * (self.log_weights + bias).exp()))
