"""The sequence user tower: what a user took up, in order, to a vector of what they will take up next.

A small causal transformer over item vectors (Kang and McAuley, "Self-Attentive Sequential Recommendation", SASRec,
2018), with two changes. It reads vectors, not item numbers, so an item it never saw in training counts from its first
second; and its output is a correction to the decayed mean of the history, which is what an untrained tower gives.
Distance in the history enters as a learned bias per head (Raffel et al., "T5", 2020): there is no longest position.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from encoders.spec import DIMENSION
from encoders.unit import unit

NEVER = -1e4  # an attention score that softmax turns into nothing, and that float16 can hold


@dataclass(frozen=True, slots=True)
class TowerConfig:
    """`length`: the newest items that are read. `decay`: what one step back in the history weighs at first."""

    length: int = 32
    width: int = 128
    layers: int = 2
    heads: int = 4
    dropout: float = 0.1
    decay: float = 0.5


class SequenceTower(nn.Module):
    """history float32[n, l, 256], oldest first, zeros after each user's last, and length int64[n], 1..l, to the
    next-interest vector float32[n, 256] of unit length (zeros where length is 0).
    """

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.config = config
        self.enter = nn.Linear(DIMENSION, config.width)
        self.blocks = nn.ModuleList([_Block(config) for _ in range(config.layers)])
        self.norm = nn.LayerNorm(config.width)
        self.leave = nn.Linear(config.width, DIMENSION)
        nn.init.zeros_(self.leave.weight)  # so that training starts from the decayed mean
        nn.init.zeros_(self.leave.bias)
        self.logit_decay = nn.Parameter(torch.logit(torch.tensor(config.decay)))
        past = torch.arange(config.length)
        self.distance = nn.Buffer(past[:, None] - past[None, :], persistent=False)  # [l, l], below 0 in the future

    def forward(self, history: Tensor, length: Tensor) -> Tensor:
        # A sum with a one-hot row instead of a gather: one product, the same in every runtime.
        at = torch.arange(history.shape[1], device=history.device)
        last = (at[None, :] == (length[:, None] - 1)).to(history.dtype)  # [n, l]
        return unit((self.every_step(history) * last.unsqueeze(2)).sum(dim=1))

    def every_step(self, history: Tensor) -> Tensor:
        """The next interest after each item, float32[n, l, 256] of unit length: what training looks at."""
        distance = self.distance[: history.shape[1], : history.shape[1]]
        past = (distance >= 0).to(history.dtype)
        weights = torch.sigmoid(self.logit_decay) ** distance.clamp_min(0).to(history.dtype) * past
        mean = unit(weights @ history)
        there = (history.abs().sum(dim=2, keepdim=True) > 0).to(history.dtype)
        x = self.enter(history)
        for block in self.blocks:
            x = block(x, distance)
        return unit(mean + self.leave(self.norm(x))) * there


class _Block(nn.Module):
    """Attention to what lies before, then a two-layer perceptron; each normed first and added on."""

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.heads, self.head_width = config.heads, config.width // config.heads
        self.attention_norm, self.feed_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.bias = nn.Parameter(torch.zeros(config.heads, config.length))  # by how many steps back
        self.feed = nn.Sequential(
            nn.Linear(config.width, 2 * config.width), nn.GELU(), nn.Linear(2 * config.width, config.width)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, distance: Tensor) -> Tensor:
        n, length, width = x.shape
        parts = self.query_key_value(self.attention_norm(x)).reshape(n, length, 3, self.heads, self.head_width)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)  # [n, heads, l, head width] each
        scores = query @ key.transpose(2, 3) / math.sqrt(self.head_width) + self.bias[:, distance.clamp_min(0)]
        mixed = torch.softmax(scores.masked_fill(distance < 0, NEVER), dim=3) @ value
        x = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(n, length, width)))
        y: Tensor = x + self.dropout(self.feed(self.feed_norm(x)))
        return y
