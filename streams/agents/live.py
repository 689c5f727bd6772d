"""Live quality: each positive act is scored against the list its user last had, before it is learned from."""

from __future__ import annotations

from streams.core.recommend import World
from streams.events import BehaviourEvent, RecommendationList
from streams.ports.clock import Clock


class LiveQuality:
    """Hit rate and NDCG at 10 of what was pushed, beside those of plain popularity on the same acts."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock

    def pushed(self, made: RecommendationList) -> None: ...

    def acted(self, event: BehaviourEvent) -> None: ...

    def forget(self, user_id: str) -> None: ...
