"""The demo as a producer and a subscriber of a real broker; what stands between them is another test's."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer
from kit.reader import Reader

from streams.admin import create_topics, open_admin
from streams.datasets.folder import open_dataset
from streams.demo.board import Board
from streams.demo.run import Play, Target, run
from streams.demo.visitors import PREFIX
from streams.events import Action, BehaviourEvent, ContentEvent, Lineage, Reason, RecommendationList, RecommendedItem
from streams.settings import Settings
from streams.topics import Topic

ITEMS = 30


@pytest.fixture
def prefix(kafka: str) -> str:
    """Topics of this test's own, with the items already encoded as far as the demo can tell."""
    name = f"demo-{uuid.uuid4().hex[:8]}"
    with open_admin(kafka) as admin:
        create_topics(admin, Settings(kafka=kafka, topic_prefix=name, partitions=2))
    producer = KafkaProducer(bootstrap_servers=kafka)
    for number in range(ITEMS):
        producer.send(Topic.ITEMS.under(name), b"{}", f"i{number}".encode())
    producer.close()
    return name


def records(kafka: str, topic: str) -> list[bytes]:
    """Everything on a topic, in the order of each partition."""
    with closing(Reader(kafka)) as reader:
        return [value or b"" for _, value in reader.read(topic)]


def make_dataset(folder: Path, acts: int) -> Path:
    folder.mkdir(exist_ok=True)
    encode = msgspec.json.encode
    items = [ContentEvent(f"i{n}", title=f"Title {n}", tags=("ab"[n % 2],), published_at=1.0) for n in range(ITEMS)]
    behaviour = [BehaviourEvent(f"e{n}", "u", f"i{n}", Action.LIKE, 10.0 + n) for n in range(acts)]
    (folder / "content.jsonl").write_bytes(b"\n".join(encode(item) for item in items))
    (folder / "behaviour.jsonl").write_bytes(b"\n".join(encode(event) for event in behaviour))
    return folder


def play(folder: Path, seconds: float | None) -> Play:
    return Play(open_dataset(folder), speed=200.0, seconds=seconds, seed=1)


async def test_a_replay_sends_everything_in_order_moved_to_now_and_ends_by_itself(
    kafka: str, prefix: str, tmp_path: Path
) -> None:
    board, began = Board(), time.time()
    shown: list[float] = []
    await run(play(make_dataset(tmp_path / "d", 20), None), Target(kafka, prefix, ()), board, shown.append, 0.1)
    sent = [msgspec.json.decode(value, type=BehaviourEvent) for value in records(kafka, Topic.BEHAVIOUR.under(prefix))]
    assert [event.event_id for event in sent] == [f"e{n}" for n in range(20)]
    assert all(began <= event.occurred_at <= time.time() for event in sent)
    assert len(records(kafka, Topic.CONTENT.under(prefix))) == ITEMS
    assert (board.events_in, board.events_sent, board.items_sent, board.items_encoded) == (20, 20, ITEMS, ITEMS)
    assert board.acts_of("u")[0].event_id == "e19"
    assert board.title_of("i3") == "Title 3"
    assert len(shown) > 1


async def test_visitors_look_at_the_lists_they_were_pushed(kafka: str, prefix: str, tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", 0)
    pushed = "i7"
    producer = KafkaProducer(bootstrap_servers=kafka)
    for number in range(1, 41):
        user = f"{PREFIX}{number:03d}"
        item = RecommendedItem(pushed, "", 1.0, "fresh", Reason("fresh", "it is new"))
        made = RecommendationList("l", user, time.time(), "behaviour", (item,), "e", "r", Lineage(0, 0))
        producer.send(Topic.RECOMMENDATIONS.under(prefix), msgspec.json.encode(made), user.encode())
    producer.close()
    board = Board()
    await run(play(folder, 3.0), Target(kafka, prefix, ()), board, lambda _: None, 1.0)
    sent = [msgspec.json.decode(value, type=BehaviourEvent) for value in records(kafka, Topic.BEHAVIOUR.under(prefix))]
    assert sent
    assert {event.item_id for event in sent if event.action is Action.IMPRESSION} == {pushed}
    assert all(event.user_id.startswith(PREFIX) and event.context == {"simulated": True} for event in sent)
    assert board.lists_out == 40


async def test_a_signal_ends_the_run_in_order(kafka: str, prefix: str, tmp_path: Path) -> None:
    board = Board()

    def interrupt_once_something_came(_: float) -> None:
        if board.events_in > 0:
            os.kill(os.getpid(), signal.SIGINT)

    async with asyncio.timeout(60):
        await run(
            play(make_dataset(tmp_path / "d", 0), None),
            Target(kafka, prefix, ()),
            board,
            interrupt_once_something_came,
            0.05,
        )
    assert board.events_in == board.events_sent > 0
    assert {task for task in asyncio.all_tasks() if task is not asyncio.current_task()} == set()
