"""Live quality as metrics: the core's prequential scores, counted for Prometheus."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from streams.core.prequential import Prequential, Score
from streams.core.profile import Profile
from streams.core.recommend import World
from streams.events import BehaviourEvent, RecommendationList
from streams.observe import metrics
from streams.observe.labels import Warmth
from streams.observe.series import series

_COVERAGE_EVERY = 100  # lists between two updates of the gauge


def _nobody(event: BehaviourEvent, before: Profile) -> None:
    """No other lists are scored."""


class LiveQuality:
    """Hit rate and NDCG at 10 of what was pushed, beside those of plain popularity on the same acts.

    `also` is told of every act as well: it may score lists that were not pushed.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._prequential = Prequential()
        self.also: Callable[[BehaviourEvent, Profile], None] = _nobody

    def pushed(self, made: Sequence[RecommendationList]) -> None:
        """Lists went out: each user's next positive act is scored against theirs."""
        before = self._prequential.lists // _COVERAGE_EVERY
        self._prequential.note(made, self._world)
        if self._prequential.lists // _COVERAGE_EVERY > before:
            metrics.COVERAGE.set(self._prequential.coverage(self._world))

    def acted(self, event: BehaviourEvent, before: Profile) -> Score | None:
        """Scores one act; `before` is the profile without it. None when there was nothing to score."""
        self.also(event, before)
        score = self._prequential.score(event, before, self._world)
        if score is None:
            return None
        warmth = Warmth.COLD if score.cold else Warmth.WARM
        series(metrics.LIVE_WARMTH_EVALUATED, warmth).inc()
        if score.rank:
            series(metrics.LIVE_WARMTH_HITS, warmth).inc()
            series(metrics.LIVE_SOURCE_HITS, score.source).inc()
        for ranking, rank in (("upwell", score.rank), ("popularity", score.popularity_rank)):
            series(metrics.LIVE_EVALUATED, ranking).inc()
            if rank:
                series(metrics.LIVE_HITS, ranking).inc()
                series(metrics.LIVE_NDCG, ranking).inc(1 / math.log2(rank + 1))
        return score

    def forget(self, user_id: str) -> None:
        self._prequential.forget(user_id)
