"""REQUEST: someone asks for a user's list now; it is answered on recommendations with the request's id.

It reads profiles and writes none. Requests are keyed like behaviour, so the worker that is asked holds the profile; a
user without one gets the list of a newcomer.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from streams.agents.common import Emit, Record, Refuse, Table
from streams.agents.experiments import ExperimentBook
from streams.agents.lists import ListMaker
from streams.agents.live import LiveQuality
from streams.core import profile_wire
from streams.core.intake import Intake, Rejection
from streams.core.profile import EMPTY, Profile
from streams.core.recommend import Ask
from streams.core.rules import Limits
from streams.events import Lineage, RecommendationRequest
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.topics import Topic

_STAGE = "request"


class RequestAgent:
    """Answers requests for lists."""

    def __init__(
        self,
        *,
        profiles: Table,
        lists: ListMaker,
        live: LiveQuality,
        experiments: ExperimentBook,
        emit: Emit,
        refuse: Refuse,
        clock: Clock,
        max_event_bytes: int,
    ) -> None:
        self._profiles = profiles
        self._lists = lists
        self._live = live
        self._experiments = experiments
        self._emit = emit
        self._refuse = refuse
        self._clock = clock
        self._intake = Intake(RecommendationRequest, "user_id", max_event_bytes)

    async def handle(self, records: Sequence[Record]) -> None:
        wanted: list[tuple[Profile, Ask]] = []
        for record in records:
            request = self._intake.read(record.key, record.value)
            if isinstance(request, Rejection):
                self._refuse(record, _STAGE, request)
                continue
            metrics.EVENTS.labels(topic=Topic.REQUESTS, outcome="ok").inc()
            wanted.append(self._asked(request, record.partition))
        metrics.BATCH_SIZE.labels(agent=_STAGE).observe(len(records))
        lists = await self._lists.make(wanted)
        for made in lists:
            self._emit(Topic.RECOMMENDATIONS, made.user_id.encode(), msgspec.json.encode(made))
            self._experiments.asked(made)
        self._live.pushed(lists)

    def _asked(self, request: RecommendationRequest, partition: int) -> tuple[Profile, Ask]:
        profile = profile_at(self._profiles, request.user_id, partition) or EMPTY
        return profile, Ask(
            user_id=request.user_id,
            trigger="request",
            lineage=Lineage(partition, profile.offset),
            made_at=self._clock.now(),
            surface=request.surface,
            places=request.k,
            limits=Limits(tags=request.tags, exclude=request.exclude),
            request_id=request.request_id,
        )


def profile_at(profiles: Table, user_id: str, partition: int) -> Profile | None:
    """The user's profile in this worker's part of the table."""
    stored = profiles.get(user_id.encode(), partition)
    return None if stored is None else profile_wire.from_bytes(stored)
