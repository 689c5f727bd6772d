"""Decision-level (late) fusion: every modality scores on its own, and the scores are mixed.

It makes no item vector, so it cannot be searched as one; it stands beside the others to be measured against.
"""

from __future__ import annotations

from torch import Tensor

from encoders.learning.fusion.base import bridge_weights
from encoders.unit import TINY


def late_scores(
    queries: Tensor, queries_present: Tensor, items: Tensor, items_present: Tensor, weights: Tensor | None = None
) -> Tensor:
    """[q, 4, d], [q, 4] and [n, 4, d], [n, 4] to scores float32[q, n].

    A query and an item are compared in every modality that both have; where they share none, every modality of the one
    with every one of the other, at the product of the weights (default: the bridge's).
    """
    chosen = bridge_weights() if weights is None else weights
    scores = queries.new_zeros(len(queries), len(items))
    total = queries.new_zeros(len(queries), len(items))
    for at in range(queries.shape[1]):
        both = queries_present[:, at, None] * items_present[None, :, at] * chosen[at]
        scores += both * (queries[:, at] @ items[:, at].T)
        total += both
    mine, theirs = queries_present * chosen, items_present * chosen
    crossed = (queries * mine.unsqueeze(2)).sum(dim=1) @ (items * theirs.unsqueeze(2)).sum(dim=1).T
    crossed = crossed / (mine.sum(dim=1)[:, None] * theirs.sum(dim=1)[None, :]).clamp_min(TINY)
    return (scores / total.clamp_min(TINY)).where(total > 0, crossed)
