"""Tables of bytes on both stores: reads, writes, deletes, and what is remembered of the changelog."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from faust.types import TP

from streams.engine.app import make_app
from streams.engine.tables import BytesTable, bytes_table, changelog_config
from streams.settings import Settings

CHANGELOG = "job-profiles-changelog"


@pytest.fixture(params=["memory", "rocksdb"])
async def table(tmp_path: Path, request: pytest.FixtureRequest) -> BytesTable:
    store: Literal["memory", "rocksdb"] = request.param
    app = make_app(Settings(home=tmp_path, store=store, app_id="job"))
    app.conf.tabledir.mkdir(parents=True, exist_ok=True)
    return bytes_table(app, "profiles", 4)


async def test_what_is_put_is_read_in_its_partition_and_without_naming_one(table: BytesTable) -> None:
    table.put(1, b"user", b"\x00raw\xff", offset=0)
    assert table.read(b"user", 1) == b"\x00raw\xff"
    assert table.read(b"user") == b"\x00raw\xff"
    assert table.read(b"user", 2) is None
    assert table.read(b"nobody") is None


async def test_a_tombstone_removes(table: BytesTable) -> None:
    table.put(1, b"user", b"state", offset=0)
    table.put(1, b"user", None, offset=1)
    assert table.read(b"user", 1) is None
    assert list(table.items_here()) == []


async def test_the_offset_that_the_store_is_up_to_is_remembered(table: BytesTable) -> None:
    assert table.persisted_offset(TP(CHANGELOG, 1)) is None
    table.put(1, b"user", b"state", offset=41)
    assert table.persisted_offset(TP(CHANGELOG, 1)) == 41
    assert table.persisted_offset(TP(CHANGELOG, 2)) is None


async def test_a_changelog_is_restored_in_order(table: BytesTable) -> None:
    table.restore(3, [(b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"b", None)], offset=9)
    assert list(table.items_here()) == [(b"a", b"2")]
    assert table.persisted_offset(TP(CHANGELOG, 3)) == 9


async def test_an_in_memory_partition_that_went_away_is_forgotten(table: BytesTable) -> None:
    table.put(1, b"mine", b"1", offset=5)
    table.put(2, b"theirs", b"1", offset=6)
    gone = {TP(CHANGELOG, 2)}
    await table.on_rebalance({TP(CHANGELOG, 1)}, gone, set(), 1)
    assert [key for key, _ in table.items_here()] == [b"mine"]
    if table.in_memory:
        assert table.persisted_offset(TP(CHANGELOG, 2)) is None


def test_a_changelog_is_compacted() -> None:
    assert changelog_config()["cleanup.policy"] == "compact"
