"""Outputs, then the changelog, then the local store: a crash between two steps repeats, and never loses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from streams.engine.app import EngineApp, make_app
from streams.engine.outbox import Outbox, SendFailed
from streams.engine.tables import BytesTable, bytes_table
from streams.settings import Settings


class Broker:
    """Takes records in order; each is confirmed when the test says so, or refused."""

    def __init__(self) -> None:
        self.log: list[tuple[str, bytes | None, bytes | None]] = []
        self.pending: list[asyncio.Future[Any]] = []
        self.refuse: str | None = None
        self.holding = False

    async def send(self, topic: str, value: bytes | None, **where: Any) -> asyncio.Future[Any]:
        if topic == self.refuse:
            raise MessageSizeTooLargeError("too large")
        self.log.append((topic, where["key"], value))
        taken: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.pending.append(taken)
        if not self.holding:
            self.confirm()
        return taken

    def confirm(self, error: Exception | None = None) -> None:
        for offset, taken in enumerate(self.pending):
            if error is None:
                taken.set_result(SimpleNamespace(offset=offset))
            else:
                taken.set_exception(error)
        self.pending.clear()


@pytest.fixture
def app(tmp_path: Path) -> EngineApp:
    return make_app(Settings(home=tmp_path, store="memory", app_id="job"))


@pytest.fixture
async def broker(app: EngineApp) -> Broker:
    broker = Broker()
    app._producer = SimpleNamespace(_ensure_producer=lambda: broker)
    app._consumer = SimpleNamespace(holds_lease=True)
    return broker


@pytest.fixture
def table(app: EngineApp) -> BytesTable:
    return bytes_table(app, "profiles", 4)


async def test_the_changelog_waits_for_the_outputs_and_the_store_for_the_changelog(
    app: EngineApp, broker: Broker, table: BytesTable
) -> None:
    outbox = Outbox(app)
    broker.holding = True
    table.through(outbox).set(b"user", b"state", 2)
    outbox.send("lists", b"user", b"list")
    flushing = asyncio.create_task(outbox.flush())
    await _turns()
    assert [topic for topic, _, _ in broker.log] == ["lists"]
    broker.confirm()
    await _turns()
    assert [topic for topic, _, _ in broker.log] == ["lists", "job-profiles-changelog"]
    assert dict(table.items_here()) == {}
    broker.confirm()
    await flushing
    assert dict(table.items_here()) == {b"user": b"state"}


async def test_a_write_is_read_back_before_it_is_flushed(app: EngineApp, broker: Broker, table: BytesTable) -> None:
    outbox = Outbox(app)
    view = table.through(outbox)
    view.set(b"user", b"one", 0)
    assert view.get(b"user", 0) == b"one"
    view.delete(b"user", 0)
    assert view.get(b"user", 0) is None
    view.set(b"user", b"two", 0)
    await outbox.flush()
    assert view.get(b"user", 0) == b"two"
    assert [value for _, _, value in broker.log] == [b"two"]  # one changelog record for each key and batch


async def test_a_refused_output_leaves_the_table_as_it_was(app: EngineApp, broker: Broker, table: BytesTable) -> None:
    outbox = Outbox(app)
    view = table.through(outbox)
    broker.refuse = "lists"
    view.set(b"user", b"state", 0)
    outbox.send("lists", b"user", b"list")
    with pytest.raises(SendFailed, match="lists"):
        await outbox.flush()
    assert view.get(b"user", 0) is None
    assert broker.log == []


async def test_an_unconfirmed_changelog_record_leaves_the_table_as_it_was(
    app: EngineApp, broker: Broker, table: BytesTable
) -> None:
    outbox = Outbox(app)
    view = table.through(outbox)
    broker.holding = True
    view.set(b"user", b"state", 0)
    flushing = asyncio.create_task(outbox.flush())
    await _turns()
    broker.confirm(ConnectionError("gone"))
    with pytest.raises(SendFailed, match="gone"):
        await flushing
    assert view.get(b"user", 0) is None
    assert dict(table.items_here()) == {}


async def test_what_a_stale_batch_has_collected_is_dropped(app: EngineApp, broker: Broker, table: BytesTable) -> None:
    outbox = Outbox(app)
    view = table.through(outbox)
    view.set(b"user", b"state", 0)
    stale: Any = SimpleNamespace(stale=True)
    outbox.begin(stale)
    outbox.send("lists", b"user", b"list")
    await outbox.flush()
    assert broker.log == []
    assert view.get(b"user", 0) is None


async def test_a_batch_that_becomes_stale_while_it_is_flushed_leaves_the_store_alone(
    app: EngineApp, broker: Broker, table: BytesTable
) -> None:
    outbox = Outbox(app)
    broker.holding = True
    batch: Any = SimpleNamespace(stale=False)
    outbox.begin(batch)
    table.through(outbox).set(b"user", b"state", 0)
    flushing = asyncio.create_task(outbox.flush())
    await _turns()
    batch.stale = True
    broker.confirm()
    await flushing
    assert dict(table.items_here()) == {}


async def test_a_worker_that_was_frozen_sends_nothing_before_the_group_takes_it_back(
    app: EngineApp, broker: Broker
) -> None:
    outbox = Outbox(app)
    app._consumer.holds_lease = False
    outbox.send("lists", b"user", b"list")
    flushing = asyncio.create_task(outbox.flush())
    await _turns()
    assert broker.log == []
    app._consumer.holds_lease = True
    await flushing
    assert [topic for topic, _, _ in broker.log] == ["lists"]


async def test_an_empty_flush_sends_nothing(app: EngineApp, broker: Broker) -> None:
    await Outbox(app).flush()
    assert broker.log == []


async def _turns() -> None:
    """Lets the flush run until it waits for the broker."""
    for _ in range(5):
        await asyncio.sleep(0)
