"""Interest searches: one call per batch, nothing asked twice without need, a dead index left alone for a while."""

from __future__ import annotations

import numpy as np

from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.agents.search import InterestSearch
from streams.core.candidates.base import Hits
from streams.ports.vector_index import Hit, IndexedItem, VectorIndexUnavailable, Vectors


class CountingIndex(MemoryIndex):
    """The exact index, which counts its calls and can be switched off."""

    calls = 0
    asked = 0
    down = False

    async def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        self.calls += 1
        self.asked += len(vectors)
        if self.down:
            raise VectorIndexUnavailable("switched off by the test")
        return await super().search(vectors, k)


def ids(hits: Hits | None) -> list[str]:
    return [] if hits is None else list(hits.item_ids)


def unit(*numbers: float) -> Vectors:
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


async def make() -> tuple[CountingIndex, InterestSearch, ManualClock]:
    clock = ManualClock()
    index = CountingIndex(clock)
    await index.ensure(2, "v1")
    await index.upsert([IndexedItem("east", unit(1, 0)), IndexedItem("north", unit(0, 1))])
    return index, InterestSearch({"v1": index}.get, clock, k=1, reuse_cosine=0.98, fresh_items=10), clock


async def test_all_users_of_a_batch_share_one_call() -> None:
    index, search, _ = await make()
    found = await search.search([("a", unit(1, 0)[None]), ("b", np.stack([unit(0, 1), unit(1, 0)]))], 0, "v1")
    assert index.calls == 1
    assert [[ids(hits) for hits in user] for user in found] == [
        [["east"]],
        [["north"], ["east"]],
    ]


async def test_an_interest_that_hardly_moved_is_not_asked_again() -> None:
    index, search, _ = await make()
    await search.search([("a", unit(1, 0)[None])], 0, "v1")
    again = await search.search([("a", unit(1, 0.05)[None])], 0, "v1")
    assert index.calls == 1
    assert ids(again[0][0]) == ["east"]


async def test_an_interest_that_moved_is_asked_again() -> None:
    index, search, _ = await make()
    await search.search([("a", unit(1, 0)[None])], 0, "v1")
    again = await search.search([("a", unit(0, 1)[None])], 0, "v1")
    assert index.calls == 2
    assert ids(again[0][0]) == ["north"]


async def test_many_new_items_end_the_reuse() -> None:
    index, search, _ = await make()
    await search.search([("a", unit(1, 0)[None])], arrivals=0, version="v1")
    await search.search([("a", unit(1, 0)[None])], arrivals=5, version="v1")
    assert index.calls == 1
    await search.search([("a", unit(1, 0)[None])], arrivals=6, version="v1")
    assert index.calls == 2


async def test_a_dead_index_degrades_lists_and_is_left_alone_for_a_while() -> None:
    index, search, clock = await make()
    index.down = True
    first = await search.search([("a", unit(1, 0)[None])], 0, "v1")
    second = await search.search([("a", unit(1, 0)[None])], 0, "v1")
    assert first == second == [[None]]
    assert index.calls == 1, "the second batch must not wait for the dead index"
    index.down = False
    clock.advance(10)
    third = await search.search([("a", unit(1, 0)[None])], 0, "v1")
    assert ids(third[0][0]) == ["east"]


async def test_interests_known_from_before_survive_the_outage() -> None:
    index, search, _ = await make()
    await search.search([("a", unit(1, 0)[None])], 0, "v1")
    index.down = True
    found = await search.search([("a", np.stack([unit(1, 0), unit(0, 1)]))], 0, "v1")
    assert [ids(hits) for hits in found[0]] == [["east"], []]
    assert found[0][1] is None


async def test_a_forgotten_user_is_searched_anew() -> None:
    index, search, _ = await make()
    await search.search([("a", unit(1, 0)[None])], 0, "v1")
    search.forget("a")
    await search.search([("a", unit(1, 0)[None])], 0, "v1")
    assert index.calls == 2


async def test_what_was_found_under_another_encoder_version_is_not_used() -> None:
    index, search, _ = await make()
    await search.search([("a", unit(1, 0)[None])], 0, "v1")
    found = await search.search([("a", unit(1, 0)[None])], 0, "v2")
    assert index.calls == 1
    assert found == [[None]], "the collection of v2 is not open"
