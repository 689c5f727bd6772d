"""Pairs of items that one user liked near in time: what the behaviour objective learns from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from encoders.learning.dataset import Engagement

WINDOW = 5  # the next so many liked items of the same user
MOST_PER_USER = 400  # of pairs, so that a few busy users don't decide what goes together


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """left, right, user int64[m]; log_share float32[n]: the log of the share of pairs whose right side an item is."""

    left: Tensor
    right: Tensor
    user: Tensor
    log_share: Tensor

    def __len__(self) -> int:
        return len(self.left)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """int64[count]: pairs at random."""
        return torch.randint(len(self.left), (count,), generator=generator)


def pairs_of(engagements: Sequence[Engagement], row_of: Mapping[str, int], seed: int) -> Together:
    """Among the items of `row_of` only: held-out items give nothing away. Pairs go both ways."""
    liked: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for act in engagements:
        row = row_of.get(act.item_id)
        if row is not None and act.strength > 0:
            liked[act.user_id].append((act.time, row))
    rng = np.random.default_rng(seed)
    pairs: list[tuple[int, int, int]] = []
    for number, acts in enumerate(liked.values()):
        rows = [row for _, row in sorted(acts)]
        near = [(a, b, number) for at, a in enumerate(rows) for b in rows[at + 1 : at + 1 + WINDOW] if a != b]
        if len(near) > MOST_PER_USER:
            near = [near[index] for index in rng.choice(len(near), MOST_PER_USER, replace=False)]
        pairs += near + [(b, a, number) for a, b, _ in near]
    if not pairs:
        none = torch.zeros(0, dtype=torch.int64)
        return Together(none, none, none, torch.zeros(len(row_of)))
    left, right, user = (torch.tensor(side, dtype=torch.int64) for side in zip(*pairs, strict=True))
    counts = torch.bincount(right, minlength=len(row_of)).to(torch.float32).clamp_min(1.0)
    return Together(left, right, user, (counts / counts.sum()).log())
