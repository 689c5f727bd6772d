"""What every store of users' interests must do: the same suite over every vector index."""

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
from streams.adapters.indexed_users import MOST, IndexedUsers
from streams.adapters.lite_index import LiteIndex
from streams.adapters.memory_index import MemoryIndex
from streams.adapters.milvus_index import MilvusIndex
from streams.ports.user_index import UserHit, UserIndex
from streams.ports.vector_index import VectorIndex, VectorIndexUnavailable

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIMENSION = 16
NASTY = ["it's", 'quo"te', "back\\slash", "0", "", "7seven", "é", "x" * 512, "😀" * 512]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["memory", "lite", "milvus"])
async def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[VectorIndex]:
    """One index for the module: a collection of Milvus takes seconds to make."""
    made: VectorIndex
    match request.param:
        case "memory":
            made = MemoryIndex(ManualClock())
        case "lite":
            folder = tmp_path_factory.mktemp("lite")
            made = LiteIndex(folder, prefix="c", clock=ManualClock(), search_timeout_s=10, write_timeout_s=20)
        case _:
            url: str = request.getfixturevalue("milvus")
            made = MilvusIndex(
                url,
                prefix=f"c{uuid4().hex}",
                kind="users",
                clock=ManualClock(),
                search_timeout_s=10,
                write_timeout_s=20,
            )
    await made.ensure(DIMENSION, "dummy-1", alias=False)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def users(opened: VectorIndex) -> UserIndex:
    """The module's store, emptied. A search may show what was there before for some seconds more."""
    await opened.delete(sorted(await opened.item_ids()))
    return IndexedUsers(opened)


def unit(*axes: int) -> NDArray[np.float32]:
    """float32[n, d]: one unit vector for each axis; those of different axes have nothing in common."""
    return np.eye(DIMENSION, dtype=np.float32)[list(axes)]


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < deadline, f"not visible within {within_s} s"
        await asyncio.sleep(0.02)


async def nearest(users: UserIndex, axis: int, most: int = 10, least: float = 0.5) -> list[UserHit]:
    return (await users.nearest(unit(axis), most, least))[0]


async def test_an_empty_store_finds_nobody(users: UserIndex) -> None:
    assert await users.stored(["ann"]) == {}
    await users.forget([])
    await users.put({})

    async def nobody() -> bool:
        return await users.nearest(unit(0, 1), 5, 0.0) == [[], []]

    await until(nobody)


async def test_a_user_is_found_by_each_interest_and_once_only(users: UserIndex) -> None:
    leaning = unit(0) * 0.8 + unit(1) * 0.6
    await users.put({"ann": unit(0, 1), "bob": unit(2), "eve": leaning})

    async def found() -> bool:
        return [hit.user_id for hit in await nearest(users, 1)] == ["ann", "eve"]

    await until(found)
    first, second = await nearest(users, 1)
    assert first.score == pytest.approx(1.0, abs=1e-3)
    assert second.score == pytest.approx(0.6, abs=1e-3)
    assert [hit.user_id for hit in await nearest(users, 1, least=0.7)] == ["ann"]
    assert [hit.user_id for hit in await nearest(users, 1, most=1)] == ["ann"]
    both = unit(0) * 0.7071 + unit(1) * 0.7071
    assert sorted(hit.user_id for hit in (await users.nearest(both, 10, 0.5))[0]) == ["ann", "eve"]


async def test_new_interests_take_the_place_of_all_that_were_there(users: UserIndex) -> None:
    await users.put({"ann": unit(3, 4, 5)})
    await users.put({"ann": unit(6)})
    assert np.allclose((await users.stored(["ann"]))["ann"], unit(6))

    async def replaced() -> bool:
        return bool(await nearest(users, 6)) and not await nearest(users, 3)

    await until(replaced)
    await users.put({"ann": unit(6)[:0]})
    assert await users.stored(["ann"]) == {}


async def test_a_forgotten_user_is_in_no_answer(users: UserIndex) -> None:
    await users.put({"ann": unit(7, 8), "bob": unit(7)})
    await users.forget(["ann", "nobody"])
    assert set(await users.stored(["ann", "bob"])) == {"bob"}

    async def gone() -> bool:
        return [hit.user_id for hit in await nearest(users, 7)] == ["bob"]

    await until(gone)


async def test_any_id_is_kept_apart_from_the_number_of_an_interest(users: UserIndex) -> None:
    wanted = {user: unit(at % DIMENSION, (at + 1) % DIMENSION) for at, user in enumerate(filter(None, NASTY))}
    await users.put(wanted)
    stored = await users.stored(list(wanted))
    assert stored.keys() == wanted.keys()
    assert all(np.allclose(stored[user], wanted[user], atol=1e-3) for user in wanted)
    await users.forget(["0"])
    assert set(await users.stored(list(wanted))) == set(wanted) - {"0"}


async def test_no_more_than_so_many_interests_are_kept(users: UserIndex) -> None:
    await users.put({"ann": unit(*range(MOST + 3))})
    assert len((await users.stored(["ann"]))["ann"]) == MOST


async def test_a_store_that_is_not_open_says_so() -> None:
    with pytest.raises(VectorIndexUnavailable):
        await IndexedUsers(MemoryIndex(ManualClock())).nearest(unit(0), 5, 0.5)
