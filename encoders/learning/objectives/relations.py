"""The graph objective: whole items lie to each other as LightGCN's vectors of them do (graph.py)."""

from __future__ import annotations

from torch import Tensor, nn

from encoders.learning.graph import relation_loss


class Relations(nn.Module):
    """vectors float32[n, d] of unit length, targets float32[n, w] (zeros for an item that nobody liked) to a scalar."""

    def forward(self, vectors: Tensor, targets: Tensor) -> Tensor:
        return relation_loss(vectors, targets)
