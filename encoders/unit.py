"""Vectors of unit length, in torch: the one piece that every head, fusion and tower ends in."""

from __future__ import annotations

from torch import Tensor

TINY = 1e-9


def unit(vectors: Tensor) -> Tensor:
    """Rows (along the last axis) scaled to length one; a row of zeros stays."""
    scaled: Tensor = vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(TINY)
    return scaled
