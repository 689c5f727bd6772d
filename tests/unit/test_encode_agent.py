"""The ENCODE agent beside an encoder that fails: waiting for one that is away, setting aside what one cannot stand."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import pytest
import stamina

from streams.adapters.clock import ManualClock
from streams.adapters.dummy_encoder import DummyItemEncoder
from streams.adapters.media import HttpMediaFetcher
from streams.agents.common import Record
from streams.agents.encode import EncodeAgent
from streams.core.intake import Rejection
from streams.engine.batches import Record as BrokerRecord
from streams.events import ContentEvent, EncodedItem, ItemVector
from streams.ports.item_encoder import EncoderRefused, EncoderUnavailable, Encoding, ItemEncoder, MediaItem
from streams.settings import Settings
from streams.topics import Topic


class Moody(DummyItemEncoder):
    """The deterministic encoder, away for some calls, and unable to stand some items."""

    def __init__(self, away: int = 0, hates: str = "nothing") -> None:
        super().__init__()
        self.away = away
        self.hates = hates
        self.calls = 0

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        self.calls += 1
        if self.calls <= self.away:
            raise EncoderUnavailable("away, says the test")
        if any(self.hates in (item.text or "") for item in items):
            raise EncoderRefused("cannot stand it, says the test")
        return await super().encode(items)


@dataclass
class Encoders:
    """Which encoder is in use and which stands by, set by the test."""

    active: ItemEncoder
    standby: ItemEncoder | None = None


class Desk:
    """An agent, and what it emits and refuses."""

    def __init__(self, encoder: DummyItemEncoder) -> None:
        self.encoders = Encoders(encoder)
        self.sent: dict[str, bytes | None] = {}
        self.vectors: dict[str, bytes | None] = {}
        self.refused: list[tuple[str, str]] = []
        self.agent = EncodeAgent(
            encoders=self.encoders,
            fetcher=HttpMediaFetcher(Settings()),
            encoded_before=lambda _: None,
            emit=self._emit,
            refuse=self._refuse,
            clock=ManualClock(),
            max_event_bytes=10_000,
            slow_after_s=5.0,
        )

    def _emit(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        (self.vectors if topic is Topic.VECTORS else self.sent)[key.decode()] = value

    def _refuse(self, record: Record, stage: str, rejection: Rejection, attempts: int = 1) -> None:
        self.refused.append(((record.key or b"").decode(), rejection.code))


def content(*titles: str) -> list[Record]:
    events = [ContentEvent(title.split()[0], title=title) for title in titles]
    return [
        BrokerRecord(event.item_id.encode(), msgspec.json.encode(event), "content", 0, n, time.time())
        for n, event in enumerate(events)
    ]


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    stamina.set_testing(True, attempts=3, cap=False)
    yield
    stamina.set_testing(False)


async def test_an_encoder_that_is_away_is_waited_for() -> None:
    desk = Desk(Moody(away=2))
    await desk.agent.handle(content("a one", "b two"))
    assert sorted(desk.sent) == ["a", "b"]
    assert not desk.refused
    assert not desk.agent.patience.waiting


async def test_the_item_an_encoder_cannot_stand_is_set_aside_and_the_rest_encoded() -> None:
    desk = Desk(Moody(hates="poison"))
    await desk.agent.handle(content("a one", "b poison", "c three"))
    assert sorted(desk.sent) == ["a", "c"]
    assert desk.refused == [("b", "encoder_refused")]


async def test_within_a_batch_the_last_word_on_an_item_counts() -> None:
    desk = Desk(Moody())
    await desk.agent.handle(content("a one", "a two"))
    sent = desk.sent["a"]
    assert sent is not None
    assert b"a two" in sent


async def test_what_was_just_encoded_is_known_before_the_view_shows_it() -> None:
    encoder = Moody()
    desk = Desk(encoder)
    await desk.agent.handle(content("a one"))
    await desk.agent.handle(content("a one"))
    assert encoder.calls == 1
    await desk.agent.handle(content("a two"))
    await desk.agent.handle(content("a one"))
    assert encoder.calls == 3, "a return to an older state is a change"


async def test_new_content_gets_a_vector_of_both_versions_while_one_stands_by() -> None:
    desk = Desk(Moody())
    desk.encoders.standby = DummyItemEncoder("dummy-next")
    await desk.agent.handle(content("a one"))
    item = msgspec.json.decode(desk.sent["a"] or b"", type=EncodedItem)
    vector = msgspec.json.decode(desk.vectors["dummy-next/a"] or b"", type=ItemVector)
    assert (item.encoder_version, vector.encoder_version) == (DummyItemEncoder().version, "dummy-next")
    assert vector.media_hash == item.media_hash
    assert vector.vector != item.vector


async def test_a_standby_that_fails_holds_up_nothing() -> None:
    desk = Desk(Moody())
    desk.encoders.standby = Moody(away=99)
    await desk.agent.handle(content("a one"))
    assert sorted(desk.sent) == ["a"]
    assert not desk.vectors


async def test_after_the_change_the_old_vector_beside_the_record_is_taken_back() -> None:
    desk = Desk(Moody())
    await desk.agent.handle(content("a one"))
    desk.encoders.active = DummyItemEncoder("dummy-next")
    await desk.agent.handle(content("a two"))
    item = msgspec.json.decode(desk.sent["a"] or b"", type=EncodedItem)
    assert item.encoder_version == "dummy-next"
    assert desk.vectors == {"dummy-next/a": None}


async def test_a_deleted_item_is_deleted_under_both_versions() -> None:
    desk = Desk(Moody())
    desk.encoders.standby = DummyItemEncoder("dummy-next")
    await desk.agent.handle([BrokerRecord(b"a", None, "content", 0, 0, time.time())])
    assert desk.sent == {"a": None}
    assert desk.vectors == {f"{DummyItemEncoder().version}/a": None, "dummy-next/a": None}
