"""Projection heads: a frozen tower's features into the shared space.

A head's output is added to the training-free bridge's vector of the same medium before both are scaled to unit length,
so a head that has learned nothing leaves the bridge as it is (a residual; He et al. 2016 use the same idea in depth).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class LinearHead(nn.Module):
    """float32[n, inputs] to float32[n, outputs]: one matrix, starting at zero."""

    def __init__(self, inputs: int, outputs: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(inputs, outputs)
        _silence(self.project)

    def forward(self, features: Tensor) -> Tensor:
        out: Tensor = self.project(self.dropout(features))
        return out


class MlpHead(nn.Module):
    """float32[n, inputs] to float32[n, outputs]: two layers with a GELU between them, beside a straight linear path.

    The linear path can be started from a closed-form fit; the bend is then learned on top of it.
    """

    def __init__(self, inputs: int, outputs: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(inputs, outputs)
        self.widen = nn.Linear(inputs, hidden)
        self.narrow = nn.Linear(hidden, outputs)
        _silence(self.project)
        _silence(self.narrow)

    def forward(self, features: Tensor) -> Tensor:
        kept = self.dropout(features)
        bent = self.narrow(self.dropout(nn.functional.gelu(self.widen(kept))))
        out: Tensor = self.project(kept) + bent
        return out


class NoHead(nn.Module):
    """The bridge as it is: features to zeros [n, outputs]. With it a tower stays locked (Zhai et al., LiT, 2022)."""

    def __init__(self, inputs: int, outputs: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.outputs = outputs

    def forward(self, features: Tensor) -> Tensor:
        return features.new_zeros(features.shape[0], self.outputs)


Head = LinearHead | MlpHead | NoHead
HEADS: dict[str, Callable[[int, int, int, float], Head]] = {"linear": LinearHead, "mlp": MlpHead, "none": NoHead}


def make_head(name: str, inputs: int, outputs: int, hidden: int, dropout: float) -> Head:
    """A head of the registry. Raises ValueError for a name it does not have."""
    if name not in HEADS:
        raise ValueError(f"no such head: {name}; one of {', '.join(HEADS)}")
    return HEADS[name](inputs, outputs, hidden, dropout)


def _silence(layer: nn.Linear) -> None:
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
