"""`upwell reindex` on a real broker and a real Milvus: the index becomes what the items topic says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from kafka import KafkaProducer

from streams.adapters.clock import SystemClock
from streams.adapters.index_choice import make_vector_index
from streams.adapters.memory_index import MemoryIndex
from streams.admin import create_topics, open_admin
from streams.cli import run
from streams.core.vectors import wire_bytes
from streams.events import EncodedItem, EncoderPhase, EncoderState, ItemCard, ItemVector
from streams.ports.vector_index import IndexedItem, VectorIndex
from streams.reindex import Rebuild
from streams.settings import Settings
from streams.topics import Topic
from streams.verbs._failure import ExitCode
from streams.verbs._kafka import open_producer

AXES = np.eye(8, dtype=np.float32)


def encoded(item_id: str, axis: int, version: str = "v2", encoded_at: float = 2.0) -> bytes:
    item = EncodedItem(
        card=ItemCard(item_id),
        vector=wire_bytes(AXES[axis]),
        modalities=("text",),
        encoder_version=version,
        content_hash="h",
        media_hash="m",
        source_partition=0,
        source_offset=0,
        content_at=1.0,
        encoded_at=encoded_at,
    )
    return msgspec.json.encode(item)


@pytest.fixture
def settings(kafka: str, milvus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    variables = {"KAFKA": kafka, "MILVUS": milvus, "TOPIC_PREFIX": f"reindex{uuid4().hex[:8]}", "HOME": str(tmp_path)}
    for name, value in variables.items():
        monkeypatch.setenv(f"UPWELL_{name}", value)
    with open_admin(kafka) as admin:
        create_topics(admin, Settings())
    return Settings()


@pytest.fixture
def producer(settings: Settings) -> Iterator[KafkaProducer]:
    opened = open_producer(settings)
    yield opened
    opened.close()


def log(producer: KafkaProducer, settings: Settings, *records: tuple[str, bytes | None]) -> None:
    for key, value in records:
        producer.send(Topic.ITEMS.under(settings.topic_prefix), key=key.encode(), value=value).get(30)


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[VectorIndex]:
    opened = make_vector_index(settings, SystemClock())
    yield opened
    await opened.close()


async def test_the_index_becomes_what_the_items_topic_says(
    settings: Settings, producer: KafkaProducer, index: VectorIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    await index.ensure(8, "v2")
    await index.upsert([IndexedItem("left-over", AXES[0]), IndexedItem("changed", AXES[0])])
    log(
        producer,
        settings,
        ("kept", encoded("kept", 1)),
        ("changed", encoded("changed", 2)),
        ("changed", encoded("changed", 3)),
        ("deleted", encoded("deleted", 4)),
        ("deleted", None),
        ("of-old", encoded("of-old", 5, "v1", encoded_at=1.0)),
        ("rubbish", b"not an item"),
    )
    # In a thread of its own, as the verb runs an event loop and this test has one.
    assert await _upwell("reindex", "--json") == ExitCode.OK
    summary = json.loads(capsys.readouterr().out)
    assert summary == {"encoder_version": "v2", "written": 2, "removed": 1, "other_version": 1, "unreadable": 1}
    rows = await index.fetch(sorted(await index.item_ids()))
    assert set(rows) == {"kept", "changed"}
    assert np.allclose(rows["changed"], AXES[3], atol=1e-3)

    assert await _upwell("reindex", "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["removed"] == 0


async def test_what_lists_are_made_with_is_rebuilt_from_the_vectors_beside_the_items_too(
    settings: Settings, producer: KafkaProducer, index: VectorIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    state = EncoderState(settings.topic_prefix, 9, "v2", EncoderPhase.KEPT, 1.0, "v3")
    producer.send(
        Topic.ENCODERS.under(settings.topic_prefix), key=state.stream.encode(), value=msgspec.json.encode(state)
    ).get(30)
    await index.ensure(8, "v2")
    await index.upsert([IndexedItem("left-over", AXES[0])])
    log(
        producer,
        settings,
        ("before", encoded("before", 1, "v1")),
        ("changed", encoded("changed", 1, "v1")),
        ("since", encoded("since", 2, "v2")),
        ("tried", encoded("tried", 3, "v3", encoded_at=9.0)),
    )
    for item, media_hash in (("before", "m"), ("changed", "older content")):
        one = ItemVector(item, "v2", wire_bytes(AXES[5]), media_hash, 0, 0)
        topic = Topic.VECTORS.under(settings.topic_prefix)
        producer.send(topic, key=one.key, value=msgspec.json.encode(one)).get(30)
    assert await _upwell("reindex", "--json") == ExitCode.OK
    summary = json.loads(capsys.readouterr().out)
    assert (summary["encoder_version"], summary["written"], summary["removed"]) == ("v2", 2, 1)
    rows = await index.fetch(sorted(await index.item_ids()))
    assert set(rows) == {"before", "since"}
    assert np.allclose(rows["before"], AXES[5], atol=1e-3)


async def test_without_items_nothing_is_changed_and_it_says_so(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _upwell("reindex") == ExitCode.NOT_FOUND
    assert "holds no items: nothing was changed" in capsys.readouterr().err


async def test_an_index_that_is_away_is_said(
    settings: Settings, producer: KafkaProducer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPWELL_INDEX_WRITE_TIMEOUT_S", "0.2")
    log(producer, settings, ("a", encoded("a", 1)))
    assert await _upwell("reindex", "--milvus", "http://127.0.0.1:1") == ExitCode.UNREACHABLE
    assert "set UPWELL_MILVUS" in capsys.readouterr().err


async def test_what_workers_write_during_a_rebuild_stays() -> None:
    index = MemoryIndex(SystemClock())
    await index.ensure(8, "v2")
    await index.upsert([IndexedItem("left-over", AXES[0])])
    rebuild = Rebuild(index, "v2")
    await rebuild.apply([(b"old", encoded("old", 1)), (b"going", encoded("going", 2))])
    # A worker indexes a newcomer and deletes an item; both are on the topic after what was read so far.
    await index.upsert([IndexedItem("newcomer", AXES[3])])
    await index.delete(["going"])
    noted = await rebuild.noted()
    await rebuild.apply([(b"newcomer", encoded("newcomer", 3)), (b"going", None)])
    await index.upsert([IndexedItem("latest", AXES[4])])  # after the ids were noted: not ours to judge
    await rebuild.remove_all_but_alive(noted)
    assert await index.item_ids() == {"old", "newcomer", "latest"}
    assert rebuild.tally.removed == 1


async def _upwell(*line: str) -> int:
    return await asyncio.to_thread(run, line)
