"""A new or newly hot item finds the user it fits, who did nothing, on the real broker and a real Milvus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from kit.stream import Stream, behaviour, running

from streams.adapters.clock import SystemClock
from streams.adapters.index_choice import make_vector_index
from streams.adapters.indexed_users import IndexedUsers
from streams.core.vectors import vector_of
from streams.events import ContentEvent, EncodedItem, Erasure, ErasureReceipt, RecommendationList
from streams.local.ports import Ports
from streams.topics import Topic

TOPICS = ("jazz", "stars", "bread")
HOT_LIKES = 12
LONG_AGO = time.time() - 10 * 24 * 3600.0


@pytest.fixture(scope="module")
def stream(kafka: str, milvus: str, tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Stream]:
    settings: dict[str, Any] = {"milvus": milvus, "vector_index": "milvus", "partitions": 2, "index_timeout_s": 5.0}
    push: dict[str, Any] = {
        "push": True,
        "push_quiet": "",
        "push_idle_s": 0.0,
        "push_cosine": 0.5,
        "push_user_interval_s": 3600.0,
    }
    with running(kafka, tmp_path_factory.mktemp("push"), ports, **settings, **push) as running_stream:
        running_stream.publish(
            *(
                item(f"{topic}-{n}", f"{topic} {topic} {topic} number{n}", LONG_AGO)
                for topic in TOPICS
                for n in range(4)
            )
        )
        running_stream.wait_for_catalogue(12)
        yield running_stream


def item(item_id: str, title: str, published_at: float) -> ContentEvent:
    return ContentEvent(item_id, title=title, published_at=published_at)


def in_the_users_collection(stream: Stream, user_id: str, item_id: str = "jazz-1") -> bool:
    """Whether a search by what the user liked finds them: what was written is found some seconds later."""
    items = dict(stream.records(Topic.ITEMS))
    liked = msgspec.json.decode(items[item_id.encode()] or b"", type=EncodedItem)

    async def found() -> bool:
        index = make_vector_index(stream.settings, SystemClock(), kind="users")
        try:
            await index.ensure(len(liked.vector) // 2, liked.encoder_version, alias=False)
            (hits,) = await IndexedUsers(index).nearest(vector_of(liked)[None, :], 10, 0.5)
            return any(hit.user_id == user_id for hit in hits)
        finally:
            await index.close()

    return asyncio.run(found())


def pushed_to(stream: Stream, user_id: str) -> list[RecommendationList]:
    return [made for made in stream.lists(user_id) if made.trigger == "push"]


def test_a_quiet_user_is_told_of_the_first_item_that_fits_and_of_no_more_than_they_may(stream: Stream) -> None:
    ann, first, second = f"ann-{uuid4().hex[:6]}", f"first-{uuid4().hex[:6]}", f"second-{uuid4().hex[:6]}"
    stream.publish(*(behaviour(ann, f"jazz-{n}") for n in range(3)))
    stream.wait_for_list(ann)
    stream.until(lambda: in_the_users_collection(stream, ann), otherwise="the user's interests are not stored")

    news = item(first, "jazz jazz jazz first", time.time())
    stream.publish(news)
    made = stream.wait_for_list(ann, lambda made: made.trigger == "push")
    assert (made.pushed_for, made.items[0].item_id, made.items[0].reason.code) == (first, first, "pushed_new")
    assert made.items[0].reason.because_of[0].startswith("jazz-")

    stream.publish(item(f"moon-{first}", "stars stars stars moon", time.time()))
    stream.publish(item(second, "jazz jazz jazz second", time.time()))
    stream.until(lambda: stream.counted("upwell_push_news_total", kind="new") >= 3)
    stream.until(lambda: stream.counted("upwell_pushes_held_total", why="user_interval") >= 1)
    assert [made.pushed_for for made in pushed_to(stream, ann)] == [first]

    stream.kill_worker()
    stream.start_worker()
    stream.wait_ready()
    stream.publish(msgspec.structs.replace(news, attributes={"price": 2.0}))
    stream.until(lambda: stream.counted("upwell_pushes_held_total", why="repeat") >= 1)
    assert [made.pushed_for for made in pushed_to(stream, ann)] == [first]


def test_a_quiet_user_is_told_of_an_old_item_that_many_suddenly_like(stream: Stream) -> None:
    cat = f"cat-{uuid4().hex[:6]}"
    stream.publish(*(behaviour(cat, f"bread-{n}") for n in range(2)))
    stream.wait_for_list(cat)
    stream.until(lambda: in_the_users_collection(stream, cat, "bread-1"), otherwise="the interests are not stored")
    stream.publish(*(behaviour(f"baker-{uuid4().hex[:6]}", "bread-3") for _ in range(HOT_LIKES)))
    made = stream.wait_for_list(cat, lambda made: made.trigger == "push")
    assert (made.pushed_for, made.items[0].item_id, made.items[0].reason.code) == ("bread-3", "bread-3", "pushed_hot")
    assert made.items[0].reason.because_of[0].startswith("bread-")
    stream.publish(*(behaviour(f"baker-{uuid4().hex[:6]}", "bread-3") for _ in range(HOT_LIKES)))
    stream.until(lambda: stream.get("/items/bread-3")["statistics"]["acts"] >= 2 * HOT_LIKES)
    assert stream.counted("upwell_push_news_total", kind="hot") == 1, "an item that stays hot is news once"


def test_an_erased_user_is_in_the_users_collection_no_more(stream: Stream) -> None:
    bob = f"bob-{uuid4().hex[:6]}"
    stream.publish(behaviour(bob, "jazz-1"))
    stream.until(lambda: in_the_users_collection(stream, bob), otherwise="the user's interests are not stored")
    wish = Erasure(bob, time.time(), uuid4().hex)
    stream.send(Topic.ERASURES, bob.encode(), msgspec.json.encode(wish))

    def receipts() -> list[ErasureReceipt]:
        written = (value for key, value in stream.records(Topic.ERASURE_RECEIPTS) if key == bob.encode() and value)
        return [msgspec.json.decode(value, type=ErasureReceipt) for value in written]

    stream.until(lambda: bool(receipts()), otherwise="no receipt")
    assert [receipt.erased for receipt in receipts()] == [{"profiles": 1, "pushes": 0, "interests": 1}]
    stream.until(lambda: not in_the_users_collection(stream, bob), otherwise="the user is still found")
