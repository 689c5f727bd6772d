"""The filling of a new version: only what is missing, only what is still so, and what cannot be encoded is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

import msgspec
import pytest
import stamina
from core_builders import encoded

from streams.adapters.dummy_encoder import DummyItemEncoder
from streams.adapters.media import HttpMediaFetcher
from streams.agents.encoding import Media
from streams.core.catalogue import Catalogue
from streams.core.content import media_hash
from streams.core.tuning import Tuning
from streams.core.vectors import vector_of
from streams.events import ContentEvent, EncodedItem, ItemVector
from streams.ports.item_encoder import EncoderRefused, Encoding, MediaItem
from streams.settings import Settings
from streams.topics import Topic
from streams.upgrade.fill import Filler
from streams.upgrade.topic_log import LogRecord

NEXT = "dummy-next"


class Picky(DummyItemEncoder):
    """Refuses one word, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(NEXT)
        self.asked: list[str] = []

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        if any("poison" in (item.text or "") for item in items):
            raise EncoderRefused("cannot stand it, says the test")
        self.asked += [item.item_id for item in items]
        return await super().encode(items)


class Place:
    """A catalogue, its content topic (one partition), and what is sent; the catalogue reads what was sent at once."""

    def __init__(self) -> None:
        self.catalogue = Catalogue(Tuning())
        self.catalogue.keep("v1", NEXT)
        self.items: dict[str, EncodedItem] = {}
        self.log: list[LogRecord] = []
        self.sent: list[ItemVector] = []
        self.read_from: list[Mapping[int, int] | None] = []
        self.filler = Filler(
            catalogue=self.catalogue,
            encoded=self.items.get,
            content=self,
            media=Media(HttpMediaFetcher(Settings())),
            sending=self,
            max_event_bytes=10_000,
            slow_after_s=5.0,
        )

    def publish(self, item_id: str, title: str, *, on_topic: bool = True) -> None:
        """Content, and the record that ENCODE made of it under v1."""
        event = ContentEvent(item_id, title=title)
        item = msgspec.structs.replace(encoded(item_id), media_hash=media_hash(event), source_offset=len(self.log))
        self.items[item_id] = item
        self.catalogue.upsert(item)
        if on_topic:
            self.log.append(LogRecord(item_id.encode(), msgspec.json.encode(event)))

    async def read(self, starts: Mapping[int, int] | None = None) -> AsyncIterator[Sequence[LogRecord]]:
        self.read_from.append(starts)
        for record in list(self.log[(starts or {}).get(0, 0) :]):
            yield [record]

    stale = False

    def begin(self) -> None:
        """Nothing to begin."""

    def send(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        assert topic is Topic.VECTORS
        one = msgspec.json.decode(value or b"", type=ItemVector)
        assert key == one.key
        self.sent.append(one)
        self.catalogue.offer(one.encoder_version, one.item_id, vector_of(one), one.media_hash)

    async def flush(self) -> bool:
        return True

    async def fill(self, encoder: DummyItemEncoder) -> None:
        await self.filler.fill(encoder, lambda: 1e6)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    stamina.set_testing(True, attempts=2, cap=False)
    yield
    stamina.set_testing(False)


async def test_every_item_gets_a_vector_under_the_record_it_has() -> None:
    place, encoder = Place(), Picky()
    for n in range(40):
        place.publish(f"item-{n}", f"title {n}")
    await place.fill(encoder)
    assert await place.filler.missing(NEXT) == {}
    assert {one.item_id: (one.media_hash, one.source_offset) for one in place.sent} == {
        item_id: (item.media_hash, item.source_offset) for item_id, item in place.items.items()
    }


async def test_what_is_there_already_is_neither_read_nor_encoded_again() -> None:
    place, encoder = Place(), Picky()
    for n in range(10):
        place.publish(f"item-{n}", f"title {n}")
    await place.fill(encoder)
    encoder.asked.clear()
    place.publish("late", "a late one")
    await place.fill(encoder)
    assert encoder.asked == ["late"]
    assert place.read_from[-1] == {0: 10}, "everything before has its vector"


async def test_of_several_events_of_an_item_the_one_of_its_record_is_encoded() -> None:
    place, encoder = Place(), Picky()
    place.publish("a", "first words")
    place.publish("a", "second words")
    place.items["a"] = msgspec.structs.replace(place.items["a"], source_offset=0)
    await place.fill(encoder)
    assert encoder.asked == ["a"]
    assert [one.media_hash for one in place.sent] == [place.items["a"].media_hash]


async def test_what_cannot_be_encoded_is_counted_and_not_tried_again_until_it_changes() -> None:
    place, encoder = Place(), Picky()
    place.publish("good", "fine words")
    place.publish("bad", "poison")
    place.publish("gone", "its content left the topic", on_topic=False)
    await place.fill(encoder)
    assert [one.item_id for one in place.sent] == ["good"]
    assert place.filler.refused(NEXT) == 2
    assert await place.filler.missing(NEXT) == {}
    place.publish("bad", "mended")
    assert list(await place.filler.missing(NEXT)) == ["bad"]
    assert place.filler.refused(NEXT) == 1
    await place.fill(encoder)
    assert place.catalogue.lacking(NEXT) == ["gone"]


async def test_an_item_that_changes_while_it_is_encoded_gets_no_vector_of_its_old_content() -> None:
    place = Place()

    class Slow(Picky):
        async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
            place.publish("a", "new words")
            return await super().encode(items)

    place.publish("a", "old words")
    await place.fill(Slow())
    assert place.sent == []
