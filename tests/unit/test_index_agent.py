"""INDEX with two encoder versions: each vector into the collection of its version, and no older one over a newer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from core_builders import direction, encoded

from streams.adapters.clock import ManualClock
from streams.adapters.memory_index import MemoryIndex
from streams.agents.collections import Collections
from streams.agents.common import Record
from streams.agents.index import IndexAgent
from streams.core.intake import Rejection
from streams.core.vectors import wire_bytes
from streams.engine.batches import Record as BrokerRecord
from streams.events import EncodedItem, ItemVector


class Desk:
    """An agent on an index in memory; `kept` and `known` are set by the test."""

    def __init__(self) -> None:
        self.kept: tuple[str, ...] = ("v1", "v2")
        self.known: dict[str, EncodedItem] = {}
        self.refused: list[str] = []
        self.collections = Collections(MemoryIndex(ManualClock()))
        self.agent = IndexAgent(
            collections=self.collections,
            kept=lambda: self.kept,
            latest=self.known.get,
            refuse=self._refuse,
            clock=ManualClock(),
            slow_after_s=5.0,
        )

    def _refuse(self, record: Record, stage: str, rejection: Rejection, attempts: int = 1) -> None:
        self.refused.append(rejection.code)

    async def ids(self, version: str) -> set[str]:
        door = self.collections.door(version)
        return set() if door is None else await door.item_ids()


def records(*items: EncodedItem | ItemVector | str) -> Sequence[Record]:
    """Records of items, of vectors, or, by id, deletions."""
    made = []
    for offset, item in enumerate(items):
        if isinstance(item, str):
            made.append(BrokerRecord(item.encode(), None, "t", 0, offset, 0.0))
            continue
        key = item.key if isinstance(item, ItemVector) else item.card.item_id.encode()
        made.append(BrokerRecord(key, msgspec.json.encode(item), "t", 0, offset, 0.0))
    return made


def vector(item_id: str, version: str = "v2", offset: int = 5) -> ItemVector:
    return ItemVector(item_id, version, wire_bytes(direction(2)), "", 0, offset)


async def test_records_go_to_the_collection_of_their_version() -> None:
    desk = Desk()
    await desk.agent.handle(records(encoded("a", direction(1)), encoded("b", direction(1), version="v3")))
    await desk.agent.handle_vectors(records(vector("a"), vector("b", version="v3")))
    assert (await desk.ids("v1"), await desk.ids("v2"), await desk.ids("v3")) == ({"a"}, {"a"}, set())
    door = desk.collections.door("v2")
    assert door is not None
    assert (await door.fetch(["a"]))["a"] == pytest.approx(direction(2), abs=1e-3)


async def test_a_deleted_item_leaves_both_collections() -> None:
    desk = Desk()
    await desk.agent.handle(records(encoded("a"), encoded("b")))
    await desk.agent.handle_vectors(records(vector("a"), vector("b")))
    await desk.agent.handle(records("a"))
    await desk.agent.handle_vectors(records("v2/b"))
    assert (await desk.ids("v1"), await desk.ids("v2")) == ({"b"}, {"b"})


async def test_a_vector_of_older_content_than_the_items_is_passed_over() -> None:
    desk = Desk()
    desk.known["a"] = msgspec.structs.replace(encoded("a"), source_offset=6)
    await desk.agent.handle_vectors(records(vector("a", offset=5), vector("b", offset=5)))
    assert await desk.ids("v2") == {"b"}


async def test_before_anybody_knows_the_version_the_first_item_decides() -> None:
    desk = Desk()
    desk.kept = ()
    await desk.agent.handle(records(encoded("a"), encoded("b", version="v2")))
    assert (await desk.ids("v1"), await desk.ids("v2")) == ({"a"}, set())


async def test_what_is_no_record_of_ours_is_refused() -> None:
    desk = Desk()
    await desk.agent.handle([BrokerRecord(b"a", b"rubbish", "t", 0, 0, 0.0), BrokerRecord(None, b"{}", "t", 0, 1, 0.0)])
    assert desk.refused == ["wrong_type", "empty_key"]
