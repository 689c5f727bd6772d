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
from streams.core.learning.state import RankerState
from streams.core.learning.step import forward, learn
from streams.core.ranking import standardised

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
    def told(self) -> tuple[Floats, NDArray[np.bool_], float]:
        """Standardised features float32[n, f], which candidates are cold bool[n], how much of a novice the user is."""
        z = np.ascontiguousarray(standardised(self.features))
        return z, self.features[:, _COLD] > 0, float(self.features[0, _NOVICE])


def learnt(state: RankerState, lesson: Lesson) -> RankerState:
    """The state after one more lesson; the one given stays as it is."""
    new = state.copy()
    z, cold, novice = lesson.told
    learn(
        z,
        cold,
        novice,
        lesson.target,
        np.log(lesson.odds),
        lesson.importance,
        state.lessons,
        new.linear,
        new.squares,
        new.network,
        new.first,
        new.second,
        new.losses,
    )
    return replace(new, lessons=state.lessons + 1)


def loss_of(state: RankerState, lesson: Lesson) -> float:
    """Log loss (nats) of the state's odds for what was wanted."""
    z, cold, novice = lesson.told
    scores, hidden = forward(z, cold, novice, state.linear, state.network)
    scores = scores + state.share * (hidden @ state.out) + np.log(lesson.odds)
    scores -= scores.max()
    return float(np.log(np.exp(scores).sum()) - scores[lesson.target])


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
