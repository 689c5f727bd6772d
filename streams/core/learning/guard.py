"""Keeps the last weights that were good, and goes back to them when what was learned since predicts worse.

Both sets of weights are asked about every act before it is learned from, on the same candidates, so that a change of
audience or catalogue moves both alike and only what was learned in between makes a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

from streams.core.learning.lesson import Lesson, learnt_and_lost, loss_of
from streams.core.learning.state import RankerState

ROUND: Final = 500
"""Lessons between two comparisons: enough to tell 0.1 nats of mean log loss from chance."""

TOLERANCE: Final = 0.1
"""Nats of mean log loss that the newer weights may be worse by: above it they are given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """`state` learns; `good` is what it is measured against and goes back to. `lead`: summed difference in log loss
    over the `seen` lessons of this round, below zero when `state` predicts better.
    """

    state: RankerState
    good: RankerState
    lead: float = 0.0
    seen: int = 0
    rollbacks: int = 0

    @classmethod
    def starting(cls, state: RankerState) -> Self:
        return cls(state, state)

    def learnt(self, lesson: Lesson) -> Guarded:
        """After one more lesson; at the end of a round either the newer weights have become the good ones, or the good
        ones are in force again.
        """
        state, lost = learnt_and_lost(self.state, lesson)
        good_lost = lost if self.good is self.state else loss_of(self.good, lesson)
        lead, seen = self.lead + lost - good_lost, self.seen + 1
        if not state.is_finite or (seen >= ROUND and lead > TOLERANCE * seen):
            # The count goes on: by it others tell that this is the newer state.
            good = replace(self.good, lessons=self.state.lessons + 1)
            return Guarded(good, good, rollbacks=self.rollbacks + 1)
        if seen >= ROUND:
            return Guarded(state, state, rollbacks=self.rollbacks)
        return Guarded(state, self.good, lead, seen, self.rollbacks)
