"""Everything a learned ranker knows, as arrays; learning makes a new state of an old one (step.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Floats
from streams.core.features import COLUMN, FEATURES
from streams.core.hashing import digest
from streams.core.ranking import WEIGHTS

HIDDEN: Final = 32
BLOCKS: Final = 3
"""Every weight is a sum of three: one that always counts, one times how much of a novice the user is (0 to 1), and one
for cold items."""

ADAGRAD_START: Final = 1.5e3
"""Summed squared gradients to start from, as if hundreds of lists had been learned from: the prior is worth as many,
and steps that single lists call for are mostly noise."""

NETWORK_SHARE: Final = 0.5
"""Where it helps: the mean of the linear score and of the two together."""

VERSION: Final = f"learned-{digest(*FEATURES, BLOCKS, HIDDEN)[:8]}"
"""Names the model, not its weights: those move with every act, and a list made again after a crash keeps its id."""
_SEED: Final = 20_240_501  # of the hidden units' first weights: any will do, the same everywhere


@dataclass(frozen=True, slots=True, eq=False)
class RankerState:
    """`linear` float32[BLOCKS, f], with its summed squared gradients `squares`; the network's weights `hidden`
    float32[BLOCKS, f, HIDDEN], `bias` and `out` float32[HIDDEN], laid flat in `network` with Adam's moments beside.

    `losses` float64[2]: decayed mean log loss of the linear part alone and of the two averaged.
    """

    linear: Floats
    squares: Floats
    network: Floats
    first: Floats
    second: Floats
    losses: NDArray[np.float64]
    lessons: int = 0

    @classmethod
    def starting(cls, weights: Mapping[str, float] = WEIGHTS) -> Self:
        """Ranks by `weights` until it has learned better."""
        linear = np.zeros((BLOCKS, len(FEATURES)), dtype=np.float32)
        for name, weight in weights.items():
            linear[0, COLUMN[name]] = weight
        network = np.zeros(BLOCKS * len(FEATURES) * HIDDEN + 2 * HIDDEN, dtype=np.float32)
        always = len(FEATURES) * HIDDEN
        network[:always] = np.random.default_rng(_SEED).normal(scale=len(FEATURES) ** -0.5, size=always)
        return cls(
            linear,
            np.full_like(linear, ADAGRAD_START),
            network,
            np.zeros_like(network),
            np.zeros_like(network),
            np.zeros(2),
        )

    def copy(self) -> RankerState:
        """The same in arrays of its own."""
        return RankerState(
            self.linear.copy(),
            self.squares.copy(),
            self.network.copy(),
            self.first.copy(),
            self.second.copy(),
            self.losses.copy(),
            self.lessons,
        )

    @property
    def share(self) -> float:
        """How much the network counts: NETWORK_SHARE while that has predicted better than the linear part alone."""
        return NETWORK_SHARE if self.losses[1] < self.losses[0] else 0.0

    @property
    def out(self) -> Floats:
        """float32[HIDDEN]: what each hidden unit adds to a score."""
        return self.network[-HIDDEN:]

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.linear).all() and np.isfinite(self.network).all())
