"""Does what the stream's encoder state says: roles, catalogue and collections of this worker.

The change from one version to the other is a few assignments without an await, so every list is made before it or after
it. A worker changes once it has read all the vectors that the state names, so it is complete when it does.
"""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import version as installed

import structlog
from mode import Service

from streams.agents.collections import Collections
from streams.core.catalogue import Catalogue
from streams.core.vectors import vector_of
from streams.events import EncoderPhase, EncoderState
from streams.observe import metrics
from streams.upgrade.roles import Roles
from streams.views.encoders import EncodersView
from streams.views.follower import Follower
from streams.views.items import ItemsView

log = structlog.get_logger()

_EVERY_S = 0.05
_SLICE = 200  # vectors, about two milliseconds


class KeepFirst(Service):
    """Starts after the state has been read and before the other views: they then hold the right versions only."""

    abstract = False
    mundane_level = "debug"

    def __init__(self, view: EncodersView, catalogue: Catalogue) -> None:
        super().__init__()
        self._view = view
        self._catalogue = catalogue

    async def on_start(self) -> None:
        if self._view.state is not None:
            self._catalogue.keep(*_kept(self._view.state))


class Follow(Service):
    """Starts after the views have caught up and before the agents, which so begin with the right version."""

    abstract = False
    mundane_level = "debug"

    def __init__(
        self, view: EncodersView, items: ItemsView, vectors: Follower, roles: Roles, collections: Collections
    ) -> None:
        super().__init__()
        self._view = view
        self._items = items
        self._vectors = vectors
        self._roles = roles
        self._catalogue = items.catalogue
        self._collections = collections
        self._done: EncoderState | None = None
        self._told = ""

    async def on_start(self) -> None:
        if self._view.state is not None:
            await self._vectors.until_read(self._view.state.vectors_ends)
            await self._apply(self._view.state)
        elif self._catalogue.encoder_version:
            # A stream from before there was a state goes on with the version that its items have.
            self._roles.assign(self._catalogue.encoder_version, None)
            self._catalogue.keep(self._catalogue.encoder_version)

    @Service.task
    async def _follow(self) -> None:
        while not self.should_stop:
            state = self._view.state
            if state is not None and state is not self._done:
                await self._apply(state)
            await self._roles.close_retired(time.monotonic())
            await self.sleep(_EVERY_S)

    @Service.task
    async def _open(self) -> None:
        """Opens the collections of the kept versions, however long the index is away, and closes the others."""
        while not self.should_stop:
            await self._roles.active.ready()  # an encoder behind a server knows its version only once it was asked
            kept = self._roles.versions
            if kept and self._view.state is None and not self._catalogue.kept:
                self._catalogue.keep(*kept)
            for version in kept:
                if self._collections.door(version) is None:
                    await self._collections.open(version, self._roles.dimension_of(version))
                    log.info("collection_open", encoder_version=version)
            if kept:
                self._tell(kept[0])
                for version in self._collections.versions - {*kept}:
                    await self._collections.forget(version)
            await self.sleep(_EVERY_S)
            while not self.should_stop and kept and self._roles.versions == kept:
                await self.sleep(_EVERY_S)

    async def _apply(self, state: EncoderState) -> bool:
        """False when this worker has not read enough to do it."""
        changes = state.active != self._catalogue.encoder_version
        if changes and not self._vectors.has_read(state.vectors_ends):
            return False
        kept = _kept(state)
        new = {*kept} - self._catalogue.kept
        encoding = state.phase not in (EncoderPhase.PREPARING, EncoderPhase.RETIRING)
        self._roles.assign(state.active, state.standby if encoding else None)
        self._catalogue.keep(*kept)
        self._done = state
        if changes:
            log.info("encoder_version_in_use", encoder_version=state.active, standby=state.standby)
            self._tell(state.active)
        for version in new:
            await self._take_in(version)
        if new and state.phase is not EncoderPhase.PREPARING:  # what came before this worker knew was not for it
            self._vectors.read_again()
        _measure(state)
        return True

    async def _take_in(self, version: str) -> None:
        """The vectors of a version that lie on `items`: it was in use before."""
        for number, item in enumerate(self._items.of_version(version), 1):
            self._catalogue.offer(version, item.card.item_id, vector_of(item), item.media_hash)
            if number % _SLICE == 0:
                await asyncio.sleep(0)  # lists are made on the same event loop

    def _tell(self, active: str) -> None:
        if active != self._told:
            self._told = active
            metrics.BUILD.info({"version": installed("upwell"), "encoder_version": active})


def _kept(state: EncoderState) -> tuple[str, ...]:
    """The version in use, then the one whose vectors are held beside it."""
    if state.standby is None or state.phase is EncoderPhase.RETIRING:
        return (state.active,)
    return state.active, state.standby


def complete_versions(view: EncodersView, collections: Collections) -> frozenset[str]:
    """The version that stands by, while every vector of it is there and can be searched."""
    state = view.state
    if state is None or state.standby is None or state.phase not in (EncoderPhase.SHADOWING, EncoderPhase.KEPT):
        return frozenset()
    return frozenset({state.standby} & collections.versions)


def _measure(state: EncoderState) -> None:
    for phase in EncoderPhase:
        metrics.UPGRADE_PHASE.labels(phase=phase).set(phase is state.phase)
    metrics.UPGRADE_ITEMS.set(state.items)
    metrics.UPGRADE_FILLED.set(state.filled)
    metrics.UPGRADE_REFUSED.set(state.refused)
    metrics.UPGRADE_ETA.set(state.eta_s or 0.0)
