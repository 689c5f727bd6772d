"""The learned ranker: orders candidates by what all partitions' acts have taught, and says what each feature added."""

from __future__ import annotations

from typing import Final

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.features import COLUMN
from streams.core.learning.attributed import attributed
from streams.core.learning.guard import Guarded
from streams.core.learning.lesson import Lesson
from streams.core.learning.merge import merged
from streams.core.learning.state import VERSION, RankerState
from streams.core.segments import Segments

MERGE_EVERY: Final = 8
"""Lessons after which the partitions' states are averaged anew: averaging costs more than a lesson."""

_NOVICE: Final = COLUMN["novice"]
_COLD: Final = COLUMN["untried"]


class LearnedRanker:
    """Each partition of behaviour teaches a state of its own, so that a state moves between workers as the partition
    does; lists are ranked by the mean of all. A frozen ranker learns nothing.
    """

    def __init__(self, state: RankerState | None = None, *, frozen: bool = False) -> None:
        self.frozen = frozen
        self._prior = RankerState.starting() if state is None else state
        self._learners: dict[int, Guarded] = {}
        self._state = self._prior
        self._stale = 0

    @property
    def version(self) -> str:
        return VERSION

    @property
    def state(self) -> RankerState:
        """What ranks now."""
        alone = len(self._learners) == 1
        if self._stale >= (1 if alone else MERGE_EVERY):
            self._state = merged([learner.state for learner in self._learners.values()])
            self._stale = 0
        return self._state

    @property
    def rollbacks(self) -> int:
        """How often learned weights were given up for earlier ones."""
        return sum(learner.rollbacks for learner in self._learners.values())

    def learn(self, lesson: Lesson, partition: int = 0) -> RankerState | None:
        """Learn from an act of a partition: the partition's state after it, None when frozen."""
        if self.frozen:
            return None
        learner = self._learners.get(partition) or Guarded.starting(self._prior)
        learner = self._learners[partition] = learner.learnt(lesson)
        self._stale += 1
        return learner.state

    def hear(self, partition: int, state: RankerState) -> None:
        """What a partition's owner has published. It replaces what is held here only if it has learned more: a worker
        hears its own states too, later than it made them.
        """
        held = self._learners.get(partition)
        if held is None or state.lessons > held.state.lessons:
            self._learners[partition] = Guarded.starting(state)
            self._stale = MERGE_EVERY

    def contributions(self, features: Floats, lists: Segments) -> Floats:
        state = self.state
        columns = np.ascontiguousarray(features.T)
        parts = np.empty_like(columns)
        attributed(columns, lists.sizes, _COLD, _NOVICE, state.share, state.linear, state.network, parts)
        return parts.T
