"""Teaches the ranker: remembers the lists that were made, and reads each positive act against its user's last one.

What a partition's acts have taught is published every PUBLISH_EVERY lessons, and by every worker read back: after a
crash at most so many lessons of a partition are lost, and none is learned twice, since a replayed act teaches nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.agents.common import Emit
from streams.core.actions import is_positive
from streams.core.learning import wire
from streams.core.learning.lessons import Lessons
from streams.core.learning.ranker import LearnedRanker
from streams.core.profile import Profile
from streams.core.recommend import Ranking
from streams.events import BehaviourEvent
from streams.observe import metrics
from streams.observe.labels import Lesson
from streams.observe.series import series
from streams.topics import Topic

PUBLISH_EVERY: Final = 50


class Teaching:
    """One per worker; shared by whoever makes lists and whoever reads acts."""

    def __init__(self, ranker: LearnedRanker) -> None:
        self._ranker = ranker
        self._lessons = Lessons()
        self._rollbacks = 0

    def listed(self, user_id: str, ranking: Ranking) -> None:
        """A list was made: the user's next positive act is read against it."""
        if not self._ranker.frozen:
            self._lessons.note(user_id, ranking)

    def acted(self, event: BehaviourEvent, before: Profile, partition: int, emit: Emit) -> None:
        """Learns from one act; `before` is the profile without it."""
        if self._ranker.frozen or not is_positive(event.action, event.value):
            return
        exposures = [(shown.s, shown.item) for shown in before.exposures]
        lesson = self._lessons.made_of(event.user_id, event.item_id, exposures)
        state = None if lesson is None else self._ranker.learn(lesson, partition)
        series(metrics.LESSONS, Lesson.PASSED if lesson is None else Lesson.LEARNED).inc()
        metrics.ROLLBACKS.inc(self._ranker.rollbacks - self._rollbacks)
        self._rollbacks = self._ranker.rollbacks
        if state is not None and state.lessons % PUBLISH_EVERY == 0:
            weights = wire.weights_of(partition, state)
            emit(Topic.RANKER, str(partition).encode(), msgspec.json.encode(weights))

    def forget(self, user_id: str) -> None:
        """Drop what is remembered of a user (erasure). The weights name nobody."""
        self._lessons.forget(user_id)
