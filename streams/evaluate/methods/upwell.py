"""Upwell: the functions that the agents call, called in the same order, without Kafka between them.

PROFILE folds the event and makes its signal, STATISTICS counts the signal, the view takes the statistics in; a list is
planned, searched, ranked. The vector index is the exact one in memory.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import numpy as np

from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.agents.search import InterestSearch
from streams.core import profile_wire
from streams.core.candidates.base import Floats, Hits
from streams.core.profile import EMPTY, Arrival, Outcome, Profile, fold, signal_of
from streams.core.recommend import Ask, Plan, World, fresh_scores, plan, rank
from streams.core.statistics import ItemCounters
from streams.core.tuning import Tuning
from streams.core.vectors import vector_of
from streams.evaluate.methods.base import Act, Footprint, Method
from streams.evaluate.shelf import Shelf
from streams.events import BehaviourEvent, EncodedItem, Lineage, Signal
from streams.ports.vector_index import IndexedItem
from streams.settings import Settings

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

    def __init__(self, items: Mapping[str, EncodedItem], tuning: Tuning) -> None:
        self.world = World.empty(tuning)
        self.profiles: dict[str, Profile] = {}
        self.counters: dict[str, ItemCounters] = {}
        self._items = items
        self._clock = ManualClock()
        self._index = MemoryIndex(self._clock)
        self._arrived = 0
        self._search = InterestSearch(
            self._index,
            self._clock,
            k=tuning.interest_candidates,
            reuse_cosine=Settings.model_fields["search_reuse_cosine"].default,
            fresh_items=tuning.fresh_items,
        )

    def arrive(self, item_id: str, at: float) -> None:
        """The item comes at `at` (Unix s); one that says it was published later was not."""
        item = self._items.get(item_id)
        if item is None:
            return
        published = item.card.published_at
        if published is None or published > at:
            item = msgspec.structs.replace(item, card=msgspec.structs.replace(item.card, published_at=at))
        if not self._arrived:
            vector = vector_of(item)
            at_once(self._index.ensure(len(vector), item.encoder_version))
        self._arrived += 1
        self.world.catalogue.upsert(item)
        at_once(self._index.upsert([IndexedItem(item_id, vector_of(item), item.card.expires_at or 0.0)]))

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

    def prepared(self, user_id: str, now: float, world: World, searcher: str) -> Prepared:
        """The plan of a user's list at `now` with its searches done. `searcher` keeps apart whose searches are reused:
        different worlds may have different interests.
        """
        self._clock.time = now
        made = plan(self.profiles.get(user_id, EMPTY), world)
        (hits,) = at_once(self._search.search([(f"{searcher}/{user_id}", made.vectors())], self._arrived))
        return Prepared(made, hits, fresh_scores([made], world)[0])

    def ask(self, user_id: str, now: float) -> Ask:
        """What the agents would ask: the profile's last record gives the list its identity, and so its seed."""
        offset = self.profiles.get(user_id, EMPTY).offset
        return Ask(user_id, "behaviour", Lineage(0, offset), now)


class Upwell(Method):
    """The whole of it, with the settings that come by default."""

    name = "upwell"

    def __init__(self, shelf: Shelf, stream: Stream) -> None:
        self._shelf = shelf
        self.stream = stream

    def recommend(self, user: int, user_id: str, now: float, k: int) -> list[int]:
        world = self.stream.world
        ready = self.stream.prepared(user_id, now, world, self.name)
        ranking = rank(ready.plan, ready.hits, self.stream.ask(user_id, now), world, ready.fresh)
        id_of, row_of = world.catalogue.rows.id_of, self._shelf.row_of
        return [row_of[id_of(place.row)] for place in ranking.places[:k]]

    def learn(self, act: Act) -> None:
        signal = self.stream.fold(act.event, act.number)
        if signal is not None:
            self.stream.count(signal)

    def arrive(self, row: int, at: float) -> None:
        self.stream.arrive(self._shelf.ids[row], at)

    def footprint(self) -> Footprint:
        """As the state is written: a profile per user; counters and a vector per item."""
        profiles = [len(profile_wire.to_bytes(profile)) for profile in self.stream.profiles.values()]
        counters = [len(one.to_bytes()) for one in self.stream.counters.values()]
        items = max(1, len(self.stream.world.catalogue))
        vector = 2 * self.stream.world.catalogue.dimension
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
