"""One ranker of several that learned apart: the mean of their weights, each counting by what it has learned.

Parameter mixing (McDonald, Hall, Mann, "Distributed training strategies for the structured perceptron", NAACL 2010):
workers learn from their own partitions' acts and average now and then. All start from the same prior and the same
hidden units, so that unit k of one is unit k of another.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.learning.state import RankerState


def merged(states: Sequence[RankerState]) -> RankerState:
    """The mean of the states, weighed by their lessons; the lessons add up. One that is not finite counts nothing.

    Raises ValueError when there is none left.
    """
    usable = [state for state in states if state.is_finite]
    if not usable:
        raise ValueError("no state with finite weights to merge; start from RankerState.starting()")
    if len(usable) == 1:
        return usable[0]
    lessons = np.array([max(state.lessons, 1) for state in usable], dtype=np.float64)
    shares = lessons / lessons.sum()

    def mean(arrays: Sequence[Floats]) -> Floats:
        return np.tensordot(shares, np.stack(arrays), axes=1).astype(np.float32)

    return RankerState(
        linear=mean([state.linear for state in usable]),
        squares=mean([state.squares for state in usable]),
        network=mean([state.network for state in usable]),
        first=mean([state.first for state in usable]),
        second=mean([state.second for state in usable]),
        losses=shares @ np.stack([state.losses for state in usable]),
        lessons=sum(state.lessons for state in usable),
    )
