"""Upwell: the functions that the agents call, called in the same order, without Kafka between them.

The ranker learns from the act what the list before it got wrong; PROFILE folds the event and makes its signal,
STATISTICS counts the signal, the view takes the statistics in; a list is planned, searched, ranked. The vector index is
the exact one in memory.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
import numpy as np

from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.agents.search import InterestSearch
from streams.agents.teaching import Teaching
from streams.core import profile_wire
from streams.core.actions import is_positive
from streams.core.business import BusinessRules
from streams.core.candidates.base import Floats, Hits
from streams.core.learning.ranker import LearnedRanker
from streams.core.profile import EMPTY, Arrival, Outcome, Profile, fold, signal_of
from streams.core.recommend import Ask, Plan, Ranking, World, fresh_scores, plan, rank
from streams.core.statistics import ItemCounters
from streams.core.surfaces import surface_of
from streams.core.vectors import vector_of
from streams.evaluate.keep_cold import with_cold
from streams.evaluate.methods.base import Act, Asked, Footprint, Method
from streams.evaluate.setup import Setup
from streams.evaluate.shelf import Shelf
from streams.events import DEFAULT_SURFACE, BehaviourEvent, EncodedItem, Lineage, Signal
from streams.ports.vector_index import IndexedItem

T = TypeVar("T")
EPOCH = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a list is ranked from: a plan, what its searches found, and the fresh pool's scores."""

    plan: Plan
    hits: list[Hits | None]
    fresh: Floats | None


class Stream:
    """One worker's state. `items` has by id what content has become on the topic `items`."""

    def __init__(self, items: Mapping[str, EncodedItem], setup: Setup, *, frozen: bool = False) -> None:
        tuning = setup.tuning
        self.ranker = LearnedRanker(frozen=frozen)
        self.teaching = Teaching(self.ranker)
        self.world = replace(World.empty(tuning), ranker=self.ranker, business=BusinessRules(setup.rules))
        self.profiles: dict[str, Profile] = {}
        self.counters: dict[str, ItemCounters] = {}
        self._items = items
        self._learned = 0
        self._noted: tuple[str, float, int] | None = None
        self._ready: dict[tuple[str, float, int, int], Prepared] = {}
        self._clock = ManualClock()
        self._index = MemoryIndex(self._clock)
        self._here: set[str] = set()
        self._search = InterestSearch(
            lambda _: self._index,
            self._clock,
            k=tuning.interest_candidates,
            reuse_cosine=setup.reuse_cosine,
            fresh_items=tuning.fresh_items,
        )

    def arrive(self, item_id: str, at: float) -> None:
        """The item comes at `at` (Unix s); one that says it was published later was not. Once it is here, the same
        from another method that shares this stream changes nothing.
        """
        item = self._items.get(item_id)
        if item is None or item_id in self._here:
            return
        self._here.add(item_id)
        published = item.card.published_at
        if published is None or published > at:
            item = msgspec.structs.replace(item, card=msgspec.structs.replace(item.card, published_at=at))
        if len(self._here) == 1:
            at_once(self._index.ensure(len(vector_of(item)), item.encoder_version))
        self.world.catalogue.upsert(item)
        at_once(self._index.upsert([IndexedItem(item_id, vector_of(item), item.card.expires_at or 0.0)]))

    def learn(self, event: BehaviourEvent, offset: int) -> None:
        """The event passes through the agents. A second method that shares this stream changes nothing by it."""
        if offset < self._learned:
            return
        self.teach(event)
        self._learned = offset + 1
        signal = self.fold(event, offset)
        if signal is not None:
            self.count(signal)

    def teach(self, event: BehaviourEvent) -> None:
        """The ranker's part: what a positive act says about the list its user would get just before it."""
        if self.ranker.frozen or not is_positive(event.action, event.value):
            return
        if self._noted != (event.user_id, event.occurred_at, self._learned):
            self.ranked(event.user_id, event.occurred_at, self.world, surface_of(event.context))
        self.teaching.acted(event, self.profiles.get(event.user_id, EMPTY), 0, lambda *_: None)

    def ranked(self, user_id: str, now: float, world: World, surface: str = DEFAULT_SURFACE) -> Ranking:
        """The user's list at `now`. One made in the stream's own world is what the next act is read against."""
        ready = self.prepared(user_id, now, world)
        ranking = rank(ready.plan, ready.hits, self.ask(user_id, now, surface), world, ready.fresh)
        key = (user_id, now, self._learned)
        if world is self.world and self._noted != key:
            self.teaching.listed(user_id, ranking)
            self._noted = key
        return ranking

    def fold(self, event: BehaviourEvent, offset: int) -> Signal | None:
        """The PROFILE agent's part: the signal for STATISTICS, None for an event that was there before."""
        arrival = Arrival(event, EPOCH, 0, offset)
        before = self.profiles.get(event.user_id, EMPTY)
        after, outcomes = fold(before, [arrival], self.world.tuning)
        self.profiles[event.user_id] = after
        return None if outcomes[0] is Outcome.DUPLICATE else signal_of(after, arrival, self.world.tuning)

    def count(self, signal: Signal) -> None:
        """The STATISTICS agent's part, and the view's."""
        tuning = self.world.tuning
        counters = self.counters.get(signal.item_id)
        if counters is None:
            counters = self.counters[signal.item_id] = ItemCounters.empty(signal.item_id, tuning)
        counters.count([signal], tuning)
        self.world.statistics.apply(counters.publish(tuning))

    def prepared(self, user_id: str, now: float, world: World) -> Prepared:
        """The plan of a user's list at `now` with its searches done, once for all methods that have equal interests."""
        interests = world.tuning.interests
        key = (user_id, now, self._learned, interests)
        if key not in self._ready:
            self._ready = {old: ready for old, ready in self._ready.items() if old[:3] == key[:3]}
            self._clock.time = now
            made = plan(self.profiles.get(user_id, EMPTY), world)
            searches = [(f"{interests}/{user_id}", made.vectors())]
            (hits,) = at_once(self._search.search(searches, len(self._here), made.encoder_version))
            self._ready[key] = Prepared(made, hits, fresh_scores([made], world)[0])
        return self._ready[key]

    def ask(self, user_id: str, now: float, surface: str) -> Ask:
        """What the agents would ask: the profile's last record gives the list its identity, and so its seed."""
        offset = self.profiles.get(user_id, EMPTY).offset
        return Ask(user_id, "behaviour", Lineage(0, offset), now, surface)


class Upwell(Method):
    """The whole of it with the settings that come by default, or as `world` has it; several may share a stream.

    `keep_cold`: see keep_cold.py.
    """

    name = "upwell"

    def __init__(
        self, shelf: Shelf, stream: Stream, name: str = name, world: World | None = None, keep_cold: int = 0
    ) -> None:
        self.name = name
        self.variant = name != Upwell.name
        self._shelf = shelf
        self._stream = stream
        self._world = world or stream.world
        self._keep_cold = keep_cold

    def recommend(self, asked: Asked, k: int) -> list[int]:
        world = self._world
        ranking = self._stream.ranked(asked.user_id, asked.now, world, asked.surface)
        rows = with_cold(ranking, world.statistics, self._keep_cold)
        id_of, row_of = world.catalogue.rows.id_of, self._shelf.row_of
        return [row_of[id_of(row)] for row in rows[:k]]

    def learn(self, act: Act) -> None:
        self._stream.learn(act.event, act.number)

    def arrive(self, row: int, at: float) -> None:
        self._stream.arrive(self._shelf.ids[row], at)

    def footprint(self) -> Footprint:
        """As the state is written: a profile per user; counters and a vector per item."""
        profiles = [len(profile_wire.to_bytes(profile)) for profile in self._stream.profiles.values()]
        counters = [len(one.to_bytes()) for one in self._stream.counters.values()]
        items = max(1, len(self._stream.world.catalogue))
        vector = 2 * self._stream.world.catalogue.dimension
        return Footprint(float(np.mean(profiles)) if profiles else np.nan, sum(counters) / items + vector)


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing, as those of the index in memory do."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("the coroutine waits for something; only adapters in memory may be used here")
