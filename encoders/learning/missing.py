"""Modality dropout: in training, items lose modalities at random, so that the fusion learns to do without.

Neverova et al., "ModDrop" (2016). The last modality of an item is never taken.
"""

from __future__ import annotations

import torch
from torch import Tensor


def drop_modalities(present: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Gives present float32[n, 4] with each modality taken away with probability `share`, at least one left."""
    draw = torch.rand(present.shape, generator=generator).to(present.device)
    kept = present * (draw >= share)
    # Where nothing is left, the modality with the luckiest draw comes back.
    luckiest = torch.nn.functional.one_hot((draw * present).argmax(dim=1), present.shape[1]).to(present.dtype)
    return torch.where(kept.sum(dim=1, keepdim=True) > 0, kept, luckiest * present)
