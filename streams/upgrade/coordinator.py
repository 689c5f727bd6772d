"""Leads the stream from one encoder version to the next. At most one worker does: the holder of the command partition.

Each step is done, then written to `encoders` as the state after it, so that the next holder goes on where this one was
killed; a step done twice does no harm. Commands change the state at any time, between two steps or during one: a step
that was overtaken by a command is not written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import structlog
from aiokafka.errors import KafkaError
from mode import Service

from streams.agents.collections import Collections
from streams.agents.common import Record, Refuse
from streams.agents.waiting import Patience
from streams.core import upgrade
from streams.core.catalogue import Catalogue
from streams.core.intake import Intake, Rejection
from streams.events import EncoderCommand, EncoderPhase, EncoderState
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.ports.encoder_versions import EncoderVersions, EncoderVersionUnknown
from streams.ports.item_encoder import EncoderUnavailable
from streams.ports.vector_index import VectorIndexUnavailable
from streams.topics import Topic
from streams.upgrade.completion import Completion
from streams.upgrade.retire import delete_collection, retire
from streams.upgrade.sending import Sending
from streams.upgrade.topic_log import Log
from streams.views.encoders import EncodersView
from streams.views.follower import Follower

log = structlog.get_logger()

_STAGE = "upgrade"
_EVERY_S = 0.1
_PAUSE_S = 2.0  # after a neighbour did not answer
_SETTLE_S = 1.0  # until every worker has let go of a version that is to be deleted
_MAX_COMMAND_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Views:
    """What the coordinator reads: the state's own topic, and the vectors of second versions."""

    encoders: EncodersView
    states: Follower
    vectors: Follower


class Coordinator(Service):
    """`holds` says whether this worker has the command partition now; `beside` are other collections under the encoder
    versions, which come and go with the items'.
    """

    abstract = False
    mundane_level = "debug"

    def __init__(
        self,
        stream: str,
        *,
        views: Views,
        catalogue: Catalogue,
        collections: Collections,
        beside: Sequence[Collections],
        completion: Completion,
        versions: EncoderVersions,
        vectors: Log,
        sending: Sending,
        refuse: Refuse,
        clock: Clock,
        holds: Callable[[], bool],
        slow_after_s: float,
    ) -> None:
        super().__init__()
        self._stream = stream
        self._views = views
        self._catalogue = catalogue
        self._collections = collections
        self._all_collections = (collections, *beside)
        self._completion = completion
        self._versions = versions
        self._vectors = vectors
        self._sending = sending
        self._refuse = refuse
        self._clock = clock
        self._holds = holds
        self._intake = Intake(EncoderCommand, "stream", _MAX_COMMAND_BYTES)
        self._state: EncoderState | None = None
        self._writing = asyncio.Lock()
        self._aliased = ""
        self._in_trouble = False
        self.patience = Patience(EncoderUnavailable, slow_after_s)

    async def handle(self, records: Sequence[Record]) -> None:
        """Records of `encoder-commands`. A repeat changes nothing; what does not fit is answered in the state."""
        for record in records:
            command = self._intake.read(record.key, record.value)
            if isinstance(command, Rejection):
                self._refuse(record, _STAGE, command)
            elif command.stream != self._stream:  # on a prefix of its own, so nobody else would answer
                log.warning("command_for_another_stream", stream=command.stream, ours=self._stream)
            else:
                await self._answer(command)
                metrics.EVENTS.labels(topic=Topic.ENCODER_COMMANDS, outcome="ok").inc()

    async def _answer(self, command: EncoderCommand) -> None:
        ends = await self._views.vectors.ends()
        async with self._writing:
            state = await self._current()
            after = upgrade.answered(state, command, ends, self._clock.now())
            if after is not state and await self._write(after):
                log.info("encoder_command", operation=command.operation, version=command.version, refusal=after.refusal)

    @Service.task
    async def _lead(self) -> None:
        while not self.should_stop:
            pause_s = _EVERY_S
            if self._holds():
                try:
                    await self.step()
                    await self._troubled("")
                except (EncoderUnavailable, VectorIndexUnavailable, KafkaError) as error:
                    log.warning("upgrade_waits", error=str(error))
                    await self._troubled(str(error))
                    pause_s = _PAUSE_S
            else:
                self._state = None
                await self._completion.stop()
            await self.sleep(pause_s)
        await self._completion.stop()

    async def step(self) -> None:
        """What comes next; done again after a crash, it does no harm. Raises what a neighbour that is away raises."""
        async with self._writing:
            state = await self._current()
        await self._point_alias(state.active)
        now = self._clock.now()
        match state.phase:
            case EncoderPhase.PREPARING:
                await self._prepare(state)
            case EncoderPhase.FILLING | EncoderPhase.SHADOWING | EncoderPhase.KEPT:
                await self._complete(state)
            case EncoderPhase.RETIRING if now >= state.since + _SETTLE_S:
                await self._retire(state)
            case _:
                await self._completion.stop()

    async def _prepare(self, state: EncoderState) -> None:
        """Has the standby served, and makes room for its collection: what is left of an older one would be mixed in."""
        standby = _standby(state)
        try:
            await self._versions.serve(standby)
        except EncoderVersionUnknown as error:
            problem = str(error)
            await self._advance(state, lambda now, at: upgrade.retiring(now, at, problem))
            return
        for collections in self._all_collections:
            await delete_collection(collections, standby, state.active)
        await self._advance(state, upgrade.prepared)

    async def _complete(self, state: EncoderState) -> None:
        """Fills what is missing; goes on once nothing is, and for as long as the version is kept."""
        standby, now = _standby(state), self._clock.now()
        filling = state.phase is EncoderPhase.FILLING
        progress = await self._completion.look(standby, lambda: self._rate(state), eager=filling)
        if self._completion.waits:
            raise EncoderUnavailable(f"the filling waits for the encoder {standby}, which does not answer")
        if progress is not None and state.phase is not EncoderPhase.KEPT and progress.changes(state):
            await self._advance(state, lambda now, _: progress.told(now))
        if upgrade.kept_long_enough(state, now):
            await self._advance(state, upgrade.retiring)
        elif progress is None or not progress.settled:
            return
        elif filling:
            if await self._completion.index_complete():
                await self._advance(state, upgrade.filled)
        elif upgrade.may_change(state, now):
            ends = await self._views.vectors.ends()
            await self._advance(state, lambda now, at: upgrade.changed_over(now, ends, at))

    async def _retire(self, state: EncoderState) -> None:
        standby = _standby(state)
        await self._completion.stop()
        await retire(
            standby,
            state.active,
            vectors=self._vectors,
            collections=self._all_collections,
            versions=self._versions,
            sending=self._sending,
        )
        self._completion.forget()
        await self._advance(state, upgrade.retired)

    async def _point_alias(self, active: str) -> None:
        door = self._collections.door(active)
        if self._aliased != active and door is not None:
            await door.point_alias()
            self._aliased = active
            log.info("alias_points_at", encoder_version=active)

    async def _advance(self, before: EncoderState, step: Callable[[EncoderState, float], EncoderState]) -> None:
        """Writes what follows from a step, unless a command has taken the stream elsewhere meanwhile."""
        async with self._writing:
            state = await self._current()
            if (state.phase, state.active, state.standby) == (before.phase, before.active, before.standby):
                after = step(state, self._clock.now())
                if await self._write(after) and after.phase is not before.phase:
                    log.info("upgrade_phase", phase=after.phase, active=after.active, standby=after.standby,
                             problem=after.problem)  # fmt: skip

    async def _troubled(self, problem: str) -> None:
        """Tells a problem in the state, and takes back one that has passed."""
        async with self._writing:
            state = self._state
            if state is not None and state.phase is not EncoderPhase.STEADY and (problem or self._in_trouble):
                said = problem or upgrade.refusals(state)
                if state.problem != said:
                    await self._write(upgrade.troubled(state, said))
                self._in_trouble = bool(problem)

    def _rate(self, state: EncoderState) -> float:
        """Items a second, as the newest command says."""
        return (self._state or state).options.items_per_s

    async def _current(self) -> EncoderState:
        """The state, read to its end when this worker has just got the right to write it."""
        if self._state is not None and not self._sending.stale:
            return self._state
        with self.patience.calling():
            self._sending.begin()
            ends = await self._views.states.ends()
            await self._views.states.until_read(ends)
            state = self._views.encoders.state
            while state is None and not self._catalogue.encoder_version:  # noqa: ASYNC110 - once in a stream's life
                await asyncio.sleep(_EVERY_S)  # it has just begun, and its encoder is not up yet
            self._state = state or upgrade.first(self._stream, self._catalogue.encoder_version, self._clock.now())
        self._aliased = ""
        return self._state

    async def _write(self, state: EncoderState) -> bool:
        """False when another worker leads now."""
        self._sending.send(Topic.ENCODERS, self._stream.encode(), msgspec.json.encode(state))
        written = await self._sending.flush()
        self._state = state if written else None
        return written


def _standby(state: EncoderState) -> str:
    if state.standby is None:
        raise ValueError(f"a stream that is {state.phase} has no second version")
    return state.standby
