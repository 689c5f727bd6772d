"""What every vector index must do: the same suite on Milvus's server, on milvus-lite and in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from streams.adapters.clock import ManualClock
from streams.adapters.lite_index import LiteIndex
from streams.adapters.memory_index import MemoryIndex
from streams.adapters.milvus_index import MilvusIndex
from streams.ports.vector_index import IndexedItem, VectorIndex, VectorIndexUnavailable

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIMENSION = 32
NOW = 1_800_000_000.0

NASTY_IDS = [
    "it's", 'quo"te', "back\\slash", "\\'", "new\nline", "tab\t", "nul\x00", "emoji😀", "电影", "%like_", "'; drop",
    " ", "\x7f", "\u2028", "x" * 512, "é" * 512, "😀" * 512,
]  # fmt: skip


Make = Callable[[], VectorIndex]


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(scope="module", params=["memory", "lite", "milvus"])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clock: ManualClock) -> Make:
    """Makes an index that shares nothing with those made before."""

    def memory() -> VectorIndex:
        return MemoryIndex(clock)

    def lite() -> VectorIndex:
        folder = tmp_path_factory.mktemp("lite")
        return LiteIndex(folder, prefix="contract", clock=clock, search_timeout_s=10, write_timeout_s=20)

    def milvus() -> VectorIndex:
        url: str = request.getfixturevalue("milvus")
        prefix = f"contract{uuid4().hex[:12]}"
        return MilvusIndex(url, prefix=prefix, clock=clock, search_timeout_s=10, write_timeout_s=20, page_rows=7)

    return {"memory": memory, "lite": lite, "milvus": milvus}[request.param]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(make: Make) -> AsyncIterator[VectorIndex]:
    """One index for the module: a collection of Milvus takes seconds to make."""
    made = make()
    await made.ensure(DIMENSION, "dummy-1")
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def index(opened: VectorIndex, clock: ManualClock) -> VectorIndex:
    """The module's index, emptied. A search may show what was there before for some seconds more."""
    clock.time = NOW
    await opened.delete(sorted(await opened.item_ids()))
    return opened


def unit(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    """Random unit vectors float32[*shape]."""
    drawn = np.random.default_rng(seed).normal(size=shape)
    unit_length: NDArray[np.float32] = (drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)).astype(np.float32)
    return unit_length


def rows(count: int, seed: int = 0) -> list[IndexedItem]:
    return [IndexedItem(f"item-{n:03d}", vector) for n, vector in enumerate(unit(count, DIMENSION, seed=seed))]


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
    """Waits until the index shows what was written: searches may be some seconds behind."""
    deadline = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < deadline, f"not visible within {within_s} s"
        await asyncio.sleep(0.02)


async def found(index: VectorIndex, vector: NDArray[np.float32], k: int = 5) -> list[str]:
    return [hit.item_id for hit in (await index.search(vector[None, :], k))[0]]


async def test_an_empty_index_finds_nothing_and_says_so(index: VectorIndex) -> None:
    assert await index.count() == 0
    assert await index.item_ids() == set()
    assert await index.fetch(["nobody"]) == {}

    async def nothing() -> bool:
        return await index.search(unit(2, DIMENSION), 5) == [[], []]

    await until(nothing)


async def test_no_queries_give_no_answers(index: VectorIndex) -> None:
    assert await index.search(np.zeros((0, DIMENSION), np.float32), 5) == []


async def test_a_written_row_is_found_within_seconds(index: VectorIndex) -> None:
    item = rows(1)[0]
    await index.upsert([item])

    async def visible() -> bool:
        return await found(index, item.vector) == [item.item_id]

    await until(visible)


async def test_scores_are_cosines_and_the_best_comes_first(index: VectorIndex) -> None:
    written = rows(40)
    queries = unit(3, DIMENSION, seed=9)
    await index.upsert(written)

    async def visible() -> bool:
        return {hit.item_id for hit in (await index.search(queries, 50))[0]} == {row.item_id for row in written}

    await until(visible)
    for query, hits in zip(queries, await index.search(queries, 40), strict=True):
        cosine = {row.item_id: float(row.vector @ query) for row in written}
        assert [hit.item_id for hit in hits] == sorted(cosine, key=lambda item_id: -cosine[item_id])
        assert all(hit.score == pytest.approx(cosine[hit.item_id], abs=1e-5) for hit in hits)


async def test_k_beyond_the_size_gives_what_there_is(index: VectorIndex) -> None:
    written = rows(3)
    await index.upsert(written)

    async def visible() -> bool:
        return set(await found(index, written[0].vector, k=500)) == {row.item_id for row in written}

    await until(visible)


async def test_writing_a_row_again_changes_nothing(index: VectorIndex) -> None:
    written = rows(5)
    for _ in range(3):
        await index.upsert(written)
    assert await index.count() == 5
    assert await index.item_ids() == {row.item_id for row in written}

    async def each_once() -> bool:
        return sorted(await found(index, written[0].vector, k=50)) == sorted(row.item_id for row in written)

    await until(each_once)


async def test_a_changed_row_replaces_the_old_one(index: VectorIndex) -> None:
    old, new = unit(2, DIMENSION, seed=3)
    await index.upsert([IndexedItem("a", old)])
    await index.upsert([IndexedItem("a", new)])
    assert np.allclose((await index.fetch(["a"]))["a"], new, atol=1e-6)

    async def replaced() -> bool:
        hits = (await index.search(new[None, :], 5))[0]
        return len(hits) == 1 and hits[0].score > 0.999

    await until(replaced)


async def test_of_one_id_twice_in_a_batch_the_last_counts(index: VectorIndex) -> None:
    first, last = unit(2, DIMENSION, seed=4)
    await index.upsert([IndexedItem("a", first), IndexedItem("a", last)])
    assert await index.count() == 1
    assert np.allclose((await index.fetch(["a"]))["a"], last, atol=1e-6)


async def test_a_deleted_row_is_gone_and_unknown_ids_do_not_matter(index: VectorIndex) -> None:
    written = rows(4)
    await index.upsert(written)
    await index.delete(["item-001", "never-was"])
    assert await index.item_ids() == {"item-000", "item-002", "item-003"}
    assert set(await index.fetch(["item-001", "item-002", "never-was"])) == {"item-002"}

    async def gone() -> bool:
        return sorted(await found(index, written[1].vector)) == ["item-000", "item-002", "item-003"]

    await until(gone)


async def test_nothing_written_and_nothing_deleted_is_fine(index: VectorIndex) -> None:
    await index.upsert([])
    await index.delete([])
    assert await index.fetch([]) == {}


async def test_any_text_is_a_good_id(index: VectorIndex) -> None:
    vectors = unit(len(NASTY_IDS), DIMENSION, seed=5)
    await index.upsert([IndexedItem(name, vector) for name, vector in zip(NASTY_IDS, vectors, strict=True)])
    assert await index.item_ids() == set(NASTY_IDS)
    assert set(await index.fetch(NASTY_IDS)) == set(NASTY_IDS)
    await index.delete(NASTY_IDS)
    assert await index.count() == 0


async def test_an_expired_row_is_not_found_any_more(index: VectorIndex, clock: ManualClock) -> None:
    lasting, passing = unit(2, DIMENSION, seed=6)
    await index.upsert([IndexedItem("lasting", lasting), IndexedItem("passing", passing, expires_at=NOW + 60)])

    async def both() -> bool:
        return set(await found(index, passing)) == {"lasting", "passing"}

    await until(both)
    clock.advance(61)
    assert await found(index, passing) == ["lasting"]
    assert await index.item_ids() == {"lasting", "passing"}


async def test_cleared_means_empty_and_ready_for_more(index: VectorIndex) -> None:
    await index.upsert(rows(10))
    await index.clear()
    assert await index.count() == 0
    assert await index.search(unit(1, DIMENSION), 3) == [[]]
    await index.upsert(rows(2))
    assert await index.count() == 2


async def test_every_encoder_version_has_its_own_rows(index: VectorIndex) -> None:
    await index.upsert(rows(3))
    await index.ensure(2 * DIMENSION, "dummy-2")
    assert await index.count() == 0
    await index.upsert([IndexedItem("wide", unit(2 * DIMENSION))])
    assert await index.item_ids() == {"wide"}
    await index.ensure(DIMENSION, "dummy-1")
    assert await index.count() == 3


async def test_opening_twice_changes_nothing(index: VectorIndex) -> None:
    await index.upsert(rows(3))
    await index.ensure(DIMENSION, "dummy-1")
    assert await index.count() == 3


async def test_a_vector_of_another_dimension_is_the_callers_mistake(index: VectorIndex) -> None:
    with pytest.raises(ValueError, match="item 'a'"):
        await index.upsert([IndexedItem("a", unit(DIMENSION + 1))])
    with pytest.raises(ValueError, match="queries of shape"):
        await index.search(unit(1, DIMENSION + 1), 3)


async def test_many_calls_at_once_all_answer(index: VectorIndex) -> None:
    written = rows(20)
    await index.upsert(written)
    await index.count()
    answers = await asyncio.gather(*(index.search(row.vector[None, :], 1) for row in written * 30))
    assert len(answers) == 600


async def test_an_index_not_open_yet_is_unavailable_and_so_is_a_closed_one(make: Make) -> None:
    index = make()
    with pytest.raises(VectorIndexUnavailable):
        await index.search(unit(1, DIMENSION), 3)
    await index.ensure(DIMENSION, "dummy-1")
    await index.close()
    for call in (index.search(unit(1, DIMENSION), 3), index.upsert(rows(1)), index.delete(["a"]), index.count()):
        with pytest.raises(VectorIndexUnavailable):
            await call


async def test_a_second_version_lies_beside_the_first_until_it_is_dropped(index: VectorIndex) -> None:
    await index.upsert(rows(3))
    beside = index.sibling()
    try:
        await beside.ensure(DIMENSION, "dummy-beside", alias=False)
        await beside.upsert(rows(2, seed=1))
        assert (await index.count(), await beside.count()) == (3, 2)
        with pytest.raises(ValueError, match="in use"):
            await beside.drop("dummy-beside")
    finally:
        await beside.close()
    assert await index.count() == 3, "each door is closed by itself"
    await index.drop("dummy-beside")
    await index.drop("dummy-beside")
    again = index.sibling()
    await again.ensure(DIMENSION, "dummy-beside", alias=False)
    assert await again.count() == 0
    await again.close()


async def test_readers_of_the_alias_see_another_version_only_when_it_is_pointed_there(index: VectorIndex) -> None:
    await index.point_alias()
    first = await index.aliased()
    assert first is not None
    beside = index.sibling()
    await beside.ensure(DIMENSION, "dummy-beside", alias=False)
    assert await beside.aliased() == first
    await beside.point_alias()
    second = await index.aliased()
    assert second is not None
    assert second != first
    await index.point_alias()
    assert await beside.aliased() == first
    await beside.close()
