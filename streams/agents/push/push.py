"""PUSH: a user whom an item's news may please in, a list with the item at its head out; or the reason why not, counted.

The user's worker decides, by the profile as it is now and by what was pushed before (table `pushed`). The list goes out
before the table's record does, so a worker killed between the two makes the list again, with the same list_id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from streams.agents.common import Emit, Record, Refuse, Table
from streams.agents.lists import ListMaker
from streams.agents.live import LiveQuality
from streams.agents.request import profile_at
from streams.core.intake import Intake, Rejection
from streams.core.profile import Profile
from streams.core.push.bucket import Bucket, Rate, taken
from streams.core.push.fitting import cosine_to, last_act_at, may_be_listed
from streams.core.push.memory import PushMemory
from streams.core.push.verdict import Held, PushLimits, held_back
from streams.core.recommend import Ask, plan
from streams.core.rules import Lead, Limits
from streams.events import Lineage, Push, RecommendationList
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.clock import Clock
from streams.topics import Topic

_STAGE = "push"
HEAD: Final = 3
"""The item stands among so many first places (pins of the business rules may stand before it), or nothing is pushed."""
_KNOWN_WITHIN_S = 5.0  # the item's own record is read by another consumer, which may be behind
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A push that nothing speaks against, where its user lies, and what is remembered once it is sent."""

    push: Push
    partition: int
    profile: Profile
    ask: Ask
    memory: PushMemory


class PushAgent:
    """Pushes lists to this worker's users. `rate` bounds the pushes of one partition."""

    def __init__(
        self,
        *,
        profiles: Table,
        pushed: Table,
        lists: ListMaker,
        live: LiveQuality,
        limits: PushLimits,
        rate: Rate,
        emit: Emit,
        refuse: Refuse,
        clock: Clock,
        max_event_bytes: int,
    ) -> None:
        self._profiles = profiles
        self._pushed = pushed
        self._lists = lists
        self._live = live
        self._limits = limits
        self._rate = rate
        self._emit = emit
        self._refuse = refuse
        self._clock = clock
        self._intake = Intake(Push, "user_id", max_event_bytes)
        self._buckets: dict[int, Bucket] = {}

    async def handle(self, records: Sequence[Record]) -> None:
        series(metrics.BATCH_SIZE, _STAGE).observe(len(records))
        read: list[tuple[Push, int]] = []
        for record in records:
            push = self._intake.read(record.key, record.value)
            if isinstance(push, Rejection):
                self._refuse(record, _STAGE, push)
            else:
                read.append((push, record.partition))
        await self._until_known({push.item_id for push, _ in read})
        chosen: dict[str, _Chosen] = {}
        for push, partition in read:
            found = self._judged(push, partition, chosen)
            if isinstance(found, Held):
                series(metrics.PUSHES_HELD, found).inc()
            else:
                chosen[push.user_id] = found
        made = await self._lists.make([(one.profile, one.ask) for one in chosen.values()]) if chosen else []
        for one, its_list in zip(chosen.values(), made, strict=True):
            self._send(one, its_list)

    def _judged(self, push: Push, partition: int, chosen: dict[str, _Chosen]) -> _Chosen | Held:
        profile = profile_at(self._profiles, push.user_id, partition)
        if profile is None:
            return Held.UNKNOWN_USER
        world, now = self._lists.world, self._clock.now()
        earlier = chosen.get(push.user_id)
        memory = (
            PushMemory.from_bytes(self._pushed.get(push.user_id.encode(), partition))
            if earlier is None
            else earlier.memory
        )
        interests = plan(profile, world)
        held = held_back(
            push,
            memory,
            self._limits,
            last_act_at=last_act_at(profile),
            cosine=cosine_to(push.item_id, interests, world),
            now=now,
        )
        if held is not None:
            return held
        ask = Ask(
            user_id=push.user_id,
            trigger="push",
            lineage=Lineage(partition, profile.offset),
            made_at=now,
            limits=Limits(lead=Lead(push.item_id, push.kind)),
        )
        if not may_be_listed(push.item_id, interests, ask, world):
            return Held.UNLISTABLE
        self._buckets[partition], fits = taken(self._buckets.get(partition), self._rate, now)
        if not fits:
            return Held.GLOBAL_RATE
        return _Chosen(push, partition, profile, ask, memory.with_push(push.item_id, now))

    def _send(self, one: _Chosen, made: RecommendationList) -> None:
        push, key = one.push, one.push.user_id.encode()
        if self._profiles.get(key, one.partition) is None:
            series(metrics.PUSHES_HELD, Held.UNKNOWN_USER).inc()
            return
        if all(item.item_id != push.item_id for item in made.items[:HEAD]):
            series(metrics.PUSHES_HELD, Held.UNLISTABLE).inc()
            return
        self._emit(Topic.RECOMMENDATIONS, key, msgspec.json.encode(made))
        self._pushed.set(key, one.memory.to_bytes(), one.partition)
        self._live.pushed([made])
        series(metrics.PUSHES, push.kind).inc()
        metrics.PUSH_DELAY.observe(max(0.0, made.made_at - push.at))

    async def _until_known(self, item_ids: Collection[str]) -> None:
        """Waits for the items to come into the catalogue; those that do not in time were deleted since."""
        catalogue, loop = self._lists.world.catalogue, asyncio.get_running_loop()
        until = loop.time() + _KNOWN_WITHIN_S
        for item_id in item_ids:
            # Another consumer fills the catalogue, record by record: there is no event to wait for.
            while catalogue.card(catalogue.rows.find(item_id)) is None and loop.time() < until:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_S)
