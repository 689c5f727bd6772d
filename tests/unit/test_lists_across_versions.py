"""The version in use changes while a list's search is under way: the list is made of the new one alone."""

from __future__ import annotations

import pytest
from core_builders import NOW, ask, direction, event, folded, themed, world_of

from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.agents.lists import ListMaker, Sight
from streams.agents.search import InterestSearch
from streams.agents.teaching import Teaching
from streams.core.learning.ranker import LearnedRanker
from streams.core.recommend import World
from streams.core.vectors import vector_of
from streams.ports.vector_index import Hit, IndexedItem, Vectors

LIKED = folded([event("1", "t0-0")])


class Changing(MemoryIndex):
    """The collection of v1, in whose first search the stream changes over to v2."""

    world: World
    searches = 0

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        self.searches += 1
        found = await super().search(vectors, k)
        self.world.catalogue.keep("v2", "v1")
        return found


async def filled(index: MemoryIndex, world: World, version: str) -> None:
    await index.ensure(16, version)
    for item_id in world.catalogue.live_ids():
        vector = world.catalogue.vector(item_id, version)
        assert vector is not None
        await index.upsert([IndexedItem(item_id, vector)])


async def test_a_list_whose_search_was_overtaken_by_the_change_is_planned_and_searched_again() -> None:
    items, clock = themed(), ManualClock(NOW + 100)
    world = world_of(items)
    world.catalogue.keep("v1", "v2")
    for n, item in enumerate(items):
        world.catalogue.offer("v2", item.card.item_id, direction(700 + n), "")
    first, second = Changing(clock), MemoryIndex(clock)
    first.world = world
    await filled(first, world, "v1")
    await filled(second, world, "v2")
    doors = {"v1": first, "v2": second}
    search = InterestSearch(doors.get, clock, k=30, reuse_cosine=0.985, fresh_items=1000)
    maker = ListMaker(world, search, lambda: Sight(len(items), 0), clock, Teaching(LearnedRanker()))
    (made,) = await maker.make([(LIKED, ask())])
    assert first.searches == 1
    assert made.encoder_version == "v2"
    assert made.items
    assert not made.degraded
    liked = world.catalogue.vector("t0-0", "v2")
    by_interest = [place for place in made.items if "interest" in place.sources]
    assert by_interest
    for place in by_interest:
        theirs = world.catalogue.vector(place.item_id, "v2")
        assert liked is not None
        assert theirs is not None
        assert place.sources["interest"] == pytest.approx(float(liked @ theirs), abs=1e-3)
    old = {item.card.item_id: vector_of(item) for item in items}
    assert any(
        place.sources["interest"] != pytest.approx(float(old["t0-0"] @ old[place.item_id]), abs=0.05)
        for place in by_interest
    ), "the two versions must differ, or this tells nothing"
