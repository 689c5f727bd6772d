"""Fills a new encoder version: re-reads `content` and encodes what has no vector of it yet, at a limited rate.

What is done lies on `vectors`, so whoever goes on after a crash begins with what is missing. A vector goes out under
the record that the item has on `items`, and only for the content that record was made of.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import msgspec
import structlog

from streams.agents.encoding import Media, encodings_of
from streams.agents.waiting import Patience
from streams.core.catalogue import Catalogue
from streams.core.content import media_hash
from streams.core.intake import Intake, Rejection
from streams.core.vectors import wire_bytes
from streams.events import ContentEvent, ContentOperation, EncodedItem, ItemVector
from streams.ports.item_encoder import EncoderRefused, EncoderUnavailable, Encoding, ItemEncoder
from streams.topics import Topic
from streams.upgrade.sending import Sending
from streams.upgrade.topic_log import Log, LogRecord

log = structlog.get_logger()

_BATCH = 16
_SLICE = 500  # items, less than a millisecond


class Filler:
    """`encoded` looks an item up in the items view; `content` is the topic of that name."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        encoded: Callable[[str], EncodedItem | None],
        content: Log,
        media: Media,
        sending: Sending,
        max_event_bytes: int,
        slow_after_s: float,
    ) -> None:
        self._catalogue = catalogue
        self._encoded = encoded
        self._content = content
        self._media = media
        self._sending = sending
        self._intake = Intake(ContentEvent, "item_id", max_event_bytes)
        self._refused: dict[tuple[str, str], str] = {}  # (version, item) to the content that could not be encoded
        self.patience = Patience(EncoderUnavailable, slow_after_s)

    def refused(self, version: str) -> int:
        """How many items a version could not encode as they are."""
        return sum(self._is_refused(version, item_id) for of, item_id in self._refused if of == version)

    async def missing(self, version: str) -> dict[str, EncodedItem]:
        """The items that lack a vector of a version and may be given one."""
        found: dict[str, EncodedItem] = {}
        for number, item_id in enumerate(self._catalogue.lacking(version)):
            if number % _SLICE == 0:
                await asyncio.sleep(0)  # lists are made on the same event loop
            item = self._encoded(item_id)
            if item is not None and not self._is_refused(version, item_id):
                found[item_id] = item
        return found

    def forget(self, version: str) -> None:
        """What is known of a version's refusals: it is done with."""
        self._refused = {key: content for key, content in self._refused.items() if key[0] != version}

    async def fill(self, encoder: ItemEncoder, items_per_s: Callable[[], float]) -> None:
        """One pass over the content of what is missing now. What it finds no content for counts as refused.

        Raises KafkaError; everything sent until then counts.
        """
        version = encoder.version
        wanted = await self.missing(version)
        starts: dict[int, int] = {}
        for item in wanted.values():
            at = item.source_partition
            starts[at] = min(item.source_offset, starts.get(at, item.source_offset))
        pace = _Pace(items_per_s)
        async for records in self._content.read(starts):
            chosen = self._chosen(records, wanted)
            for start in range(0, len(chosen), _BATCH):
                batch = chosen[start : start + _BATCH]
                await pace.wait(len(batch))
                await self._encode(batch, wanted, encoder)
                for event in batch:
                    wanted.pop(event.item_id, None)
            if not wanted:
                return
        for item in wanted.values():
            if self._current(item):
                self._refuse(version, item, "its content is not on the content topic any more")

    def _chosen(self, records: Sequence[LogRecord], wanted: dict[str, EncodedItem]) -> list[ContentEvent]:
        """Of each item that is wanted the event that its record was made of, or one that means the same."""
        chosen: dict[str, ContentEvent] = {}
        for record in records:
            item = wanted.get((record.key or b"").decode(errors="replace"))
            event = None if item is None else self._intake.read(record.key, record.value)
            if item is None or event is None or isinstance(event, Rejection):  # ENCODE has written its dead letter
                continue
            if event.operation is not ContentOperation.DELETE and media_hash(event) == item.media_hash:
                chosen[event.item_id] = event
        return list(chosen.values())

    async def _encode(
        self, events: Sequence[ContentEvent], wanted: dict[str, EncodedItem], encoder: ItemEncoder
    ) -> None:
        gathered = await self._media.gather(events)
        encodings = await encodings_of(encoder, [medium for medium, _ in gathered], self.patience)
        for event, encoding in zip(events, encodings, strict=True):
            item = wanted[event.item_id]
            if not self._current(item):  # changed meanwhile: ENCODE has given the new content to both versions
                continue
            vector = None if isinstance(encoding, EncoderRefused) else encoding.vector
            if vector is None:
                self._refuse(encoder.version, item, _why(encoding))
                continue
            one = ItemVector(
                item_id=event.item_id,
                encoder_version=encoder.version,
                vector=wire_bytes(vector),
                media_hash=item.media_hash,
                source_partition=item.source_partition,
                source_offset=item.source_offset,
                expires_at=item.card.expires_at,
            )
            self._sending.send(Topic.VECTORS, one.key, msgspec.json.encode(one))
        await self._sending.flush()

    def _current(self, item: EncodedItem) -> bool:
        now = self._encoded(item.card.item_id)
        return now is not None and now.media_hash == item.media_hash

    def _refuse(self, version: str, item: EncodedItem, why: str) -> None:
        log.warning("item_not_encoded_again", encoder_version=version, item_id=item.card.item_id, why=why)
        self._refused[version, item.card.item_id] = item.media_hash

    def _is_refused(self, version: str, item_id: str) -> bool:
        item = self._encoded(item_id)
        return item is not None and self._refused.get((version, item_id)) == item.media_hash


class _Pace:
    """So many items a second, evenly, whatever the encoding itself takes."""

    def __init__(self, items_per_s: Callable[[], float]) -> None:
        self._items_per_s = items_per_s
        self._next = time.monotonic()

    async def wait(self, items: int) -> None:
        now = time.monotonic()
        await asyncio.sleep(max(0.0, self._next - now))
        self._next = max(self._next, now) + items / self._items_per_s()


def _why(encoding: Encoding | EncoderRefused) -> str:
    if isinstance(encoding, EncoderRefused):
        return str(encoding)
    return f"nothing to encode: {', '.join(encoding.problems) or 'no modality'}"
