"""What one positive act teaches: of the candidates its user's last list was chosen from, this one was wanted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Floats
from streams.core.features import COLUMN
from streams.core.learning.forward import warm_first
from streams.core.learning.state import RankerState
from streams.core.learning.step import learn, loss
from streams.core.standardise import standardise

EXAMINED: Final = 10.0  # places down a list after which being shown no longer explains an act
SHOWN_ODDS: Final = 2.0
"""A candidate that was shown and not taken counts as this many that were not shown."""

_NOVICE: Final = COLUMN["novice"]
_COLD: Final = COLUMN["untried"]


@dataclass(frozen=True, eq=False)
class Lesson:
    """`features` float32[n, f] of a list's candidates (features.py), `target` the one that was wanted. `odds`
    float32[n]: how much each counts as an alternative. `importance` in [0, 1] scales the step.
    """

    features: Floats
    target: int
    odds: Floats
    importance: float = 1.0

    @cached_property
    def told(self) -> tuple[Floats, int, float, int, Floats]:
        """As `step.learn` takes it: standardised features float32[f, n], the warm candidates first; how many are warm;
        how much of a novice the user is; where the target stands; and the logs of the odds float32[n].
        """
        columns = np.ascontiguousarray(self.features.T)
        order, warm = warm_first(columns[_COLD] > 0)
        z = np.empty_like(columns)
        standardise(columns, 0, order, z)
        target = int(np.flatnonzero(order == self.target)[0])
        return z, warm, float(columns[_NOVICE, 0]), target, np.log(self.odds[order])


def learnt(state: RankerState, lesson: Lesson) -> RankerState:
    """The state after one more lesson; the one given stays as it is."""
    return learnt_and_lost(state, lesson)[0]


def learnt_and_lost(state: RankerState, lesson: Lesson) -> tuple[RankerState, float]:
    """The state after one more lesson, and `loss_of` the one given, which learning finds on its way."""
    new = state.copy()
    lost, averaged = learn(
        *lesson.told,
        lesson.importance,
        state.lessons,
        new.linear,
        new.squares,
        new.network,
        new.first,
        new.second,
        new.losses,
    )
    return replace(new, lessons=state.lessons + 1), averaged if state.share else lost


def loss_of(state: RankerState, lesson: Lesson) -> float:
    """Log loss (nats) of the state's odds for what was wanted."""
    return loss(*lesson.told, state.share, state.linear, state.network)


def odds_of(hashes: NDArray[np.uint32], shown: Collection[int]) -> Floats:
    """float32[n]: SHOWN_ODDS for the candidates among `shown` (item hashes of impressions since the list), else 1."""
    odds = np.ones(len(hashes), dtype=np.float32)
    if shown:
        odds[np.isin(hashes, list(shown))] = SHOWN_ODDS
    return odds


def importance_of(place: int | None) -> float:
    """How much an act on an item tells that stood at `place` (from 0) of a list its user saw; None = it was not shown.

    What stands on top is taken more often for standing there (Joachims et al., "Unbiased learning-to-rank with biased
    feedback", WSDM 2017): its act weighs less, as the examination odds of a place are taken to fall with 1 / log2.
    """
    if place is None:
        return 1.0
    return float(min(1.0, np.log2(place + 2) / np.log2(EXAMINED + 2)))
