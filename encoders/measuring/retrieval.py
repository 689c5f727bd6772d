"""Cross-modal retrieval: given one modality of an item, how high does its own other modality rank among all?

Recall@k, median rank and mean reciprocal rank as in image-text retrieval (Karpathy and Fei-Fei 2015, section 4.2). An
item's own counterpart is the one right answer. Equal scores (items of the same name) share the places they take: the
figure is the expected one over all orders of the tied, so that no order of the file can help.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.measuring.bootstrap import interval, median_interval
from encoders.spec import Floats

RECALLS = (1, 5, 10)
TIE = 1e-6  # cosines closer than this are one: float32 arithmetic tells them no further apart
Doubles = NDArray[np.float64]
Figures = dict[str, float | list[float]]


@dataclass(frozen=True, slots=True)
class Ranks:
    """For each query: how many candidates score higher than its own counterpart, and how many score the same."""

    better: NDArray[np.int64]
    tied: NDArray[np.int64]

    def recall(self, k: int) -> Doubles:
        """Per query, the chance that its counterpart is among the first k."""
        chance: Doubles = np.clip((k - self.better) / (self.tied + 1.0), 0.0, 1.0)
        return chance

    @property
    def middle(self) -> Doubles:
        """The mean rank of each query's counterpart, from 1."""
        mean: Doubles = 1.0 + self.better + self.tied / 2.0
        return mean


def ranks(queries: Floats, candidates: Floats) -> Ranks:
    """Unit rows float32[n, d] each; the counterpart of query i is candidate i."""
    scores = queries @ candidates.T
    own = scores.diagonal()[:, None]
    return Ranks((scores > own + TIE).sum(axis=1), (np.abs(scores - own) <= TIE).sum(axis=1) - 1)


def retrieval(queries: Floats, candidates: Floats, seed: int = 0) -> Figures:
    """Recall@1/5/10, mean reciprocal rank and median rank with 95 % intervals; `n` queries among as many candidates."""
    ranked = ranks(queries, candidates)
    measured = {f"recall@{k}": ranked.recall(k) for k in RECALLS} | {"mrr": 1.0 / ranked.middle}
    figures: Figures = {name: float(values.mean()) for name, values in measured.items()}
    figures |= {f"{name}.interval": list(interval(values, seed)) for name, values in measured.items()}
    figures["median_rank"] = float(np.median(ranked.middle))
    figures["median_rank.interval"] = list(median_interval(ranked.middle, seed))
    return figures | {"n": len(queries)}
