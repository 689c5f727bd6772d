"""Keeps the users' collection: the interests of this worker's users, under the encoder version in use.

Told of every list that is made (`planned`), and, so that quiet users are there too, going over all profiles at the
start, when the encoder version changes, and now and then. At most so many users are written a second, in one call, and
only those whose interests moved. The store away costs only delay.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import structlog
from mode import Service
from rocksdict import DbClosedError

from streams.agents.collections import Collections
from streams.agents.waiting import Patience
from streams.core import profile_wire
from streams.core.profile import Profile
from streams.core.push.refresh import RefreshQueue, Vectors, moved
from streams.core.recommend import Ask, Plan, World, plan
from streams.observe import metrics
from streams.observe.series import series
from streams.ports.user_index import UserIndex
from streams.ports.vector_index import VectorIndex, VectorIndexUnavailable

log = structlog.get_logger()

_EVERY_S = 1.0
_PAUSE_S = 5.0  # after the store did not answer
_LOOK_S = 0.1
_AGAIN_AFTER_S = 6 * 3600.0
_SLICE = 500


class Users:
    """The doors to the users' collections: one per encoder version, opened and closed as the versions in use change."""

    def __init__(self, collections: Collections, of_index: Callable[[VectorIndex], UserIndex]) -> None:
        self.collections = collections
        self._of_index = of_index

    def at(self, version: str) -> UserIndex | None:
        """None while it is not open."""
        door = self.collections.door(version)
        return None if door is None else self._of_index(door)


class UserInterests(Service):
    """`kept` gives the encoder versions that are kept, the one in use first, and `dimension_of` the size of their
    vectors. `profiles` gives the keys held here, `read` a profile's bytes; `ready` says whether they are all there.
    `slow_after_s`: see Patience.
    """

    abstract = False
    mundane_level = "debug"

    def __init__(
        self,
        users: Users,
        world: World,
        *,
        kept: Callable[[], Sequence[str]],
        dimension_of: Callable[[str], int],
        profiles: Callable[[], Iterable[tuple[bytes, bytes]]],
        read: Callable[[bytes], bytes | None],
        ready: Callable[[], bool],
        users_per_s: int,
        slow_after_s: float,
    ) -> None:
        super().__init__()
        self._users = users
        self._world = world
        self._kept = kept
        self._dimension_of = dimension_of
        self._profiles = profiles
        self._read = read
        self._ready = ready
        self._at_once = users_per_s
        self.patience = Patience(VectorIndexUnavailable, slow_after_s)  # of erasures
        self._queue = RefreshQueue()
        self._writing = asyncio.Lock()

    def planned(self, wanted: Sequence[tuple[Profile, Ask]], plans: Sequence[Plan]) -> None:
        """Lists are made of these plans."""
        for (_, ask), made in zip(wanted, plans, strict=True):
            self._note(ask.user_id, made)

    def _note(self, user_id: str, made: Plan) -> None:
        if made.profile.acts and made.encoder_version:
            vectors: Vectors = made.vectors()
            if not self._queue.note(user_id, vectors, made.encoder_version):
                series(metrics.USER_INTERESTS, "unmoved").inc()

    def _note_stored(self, user_id: str, raw: bytes) -> None:
        try:
            profile = profile_wire.from_bytes(raw)
        except profile_wire.ProfileUnreadable as error:  # PROFILE makes a dead letter of the user's next act
            log.warning("profile_unreadable", error=str(error))
            return
        self._note(user_id, plan(profile, self._world))

    async def erase(self, user_id: str) -> int:
        """Takes a user out of every version's collection, however long the store is away; how many interests."""

        async def remove() -> int:
            erased = 0
            for version in self._kept() or ("",):
                users = self._users.at(version)
                if users is None:  # `_open` is at it, or the encoder has not told its version yet
                    raise VectorIndexUnavailable("the users' collection is not open yet")
                erased += len((await users.stored([user_id])).get(user_id, ()))
                await users.forget([user_id])
            return erased

        async with self._writing:
            self._queue.forget(user_id)
            return await self.patience.until_done(remove)

    async def on_stop(self) -> None:
        await self._users.collections.close()

    @Service.task
    async def _open(self) -> None:
        """Opens the collections of the kept versions, however long the store is away, and closes the others."""
        collections = self._users.collections
        while not self.should_stop:
            kept = self._kept()
            for version in kept:
                await collections.open(version, self._dimension_of(version))
            for version in collections.versions - {*kept}:
                await collections.forget(version)
            await self.sleep(_LOOK_S)

    @Service.task
    async def _write(self) -> None:
        while not self.should_stop:
            try:
                await self.write_some()
                await self.sleep(_EVERY_S)
            except VectorIndexUnavailable as error:
                series(metrics.USER_INTERESTS, "failed").inc()
                log.warning("user_interests_wait", error=str(error), waiting=len(self._queue))
                await self.sleep(_PAUSE_S)

    async def write_some(self) -> None:
        """Writes the next users in turn. Raises VectorIndexUnavailable, and then they stay in turn."""
        async with self._writing:
            version = self._queue.version
            users = self._users.at(version)
            if users is None:
                return
            taken = self._queue.take(self._at_once)
            # Only this worker's own, and no one who was erased since.
            taken = {user: interests for user, interests in taken.items() if self._read(user.encode()) is not None}
            try:
                await self._put(users, taken, version)
            except VectorIndexUnavailable:
                self._queue.put_back(taken, version)
                raise
            finally:
                metrics.USERS_WAITING.set(len(self._queue))

    async def _put(self, users: UserIndex, taken: dict[str, Vectors], version: str) -> None:
        if not taken:
            return
        unknown = self._queue.unknown(taken)
        stored = await users.stored(unknown) if unknown else {}
        self._queue.wrote({user: stored.get(user, _none(taken[user])) for user in unknown}, version)
        changed = {user: new for user, new in taken.items() if moved(self._queue.stored(user), new)}
        if changed:
            await users.put(changed)
            self._queue.wrote(changed, version)
        series(metrics.USER_INTERESTS, "written").inc(len(changed))
        series(metrics.USER_INTERESTS, "unmoved").inc(len(taken) - len(changed))

    @Service.task
    async def _go_over(self) -> None:
        """All profiles again, in turn: when nobody acts, nobody's interests would be there."""
        while not self.should_stop:
            while not self.should_stop and not (self._ready() and self._kept()):
                await self.sleep(_LOOK_S)
            version = self._world.catalogue.encoder_version
            with contextlib.suppress(RuntimeError, DbClosedError):  # a rebalance closed a partition: next time
                await self._note_all(version)
            waited = 0.0
            while not self.should_stop and version == self._world.catalogue.encoder_version and waited < _AGAIN_AFTER_S:
                await self.sleep(_EVERY_S)
                waited += _EVERY_S

    async def _note_all(self, version: str) -> None:
        keys = []
        for number, (key, _) in enumerate(self._profiles(), 1):
            keys.append(key)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        for key in keys:
            while len(self._queue) >= 2 * self._at_once and not self.should_stop:
                await self.sleep(_LOOK_S)
            if self.should_stop or version != self._world.catalogue.encoder_version:
                return
            raw = self._read(key)
            if raw is not None:
                self._note_stored(key.decode(), raw)
            await asyncio.sleep(0)


def _none(like: Vectors) -> Vectors:
    return np.zeros((0, like.shape[1]), dtype=np.float32)
