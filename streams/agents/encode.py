"""ENCODE: content events in, encoded items out.

Encoder away: the batch waits and is tried again, content stays in its topic, nothing is lost. A broken medium costs the
item that modality, said in `problems`; an item with nothing usable goes to dead letters. A repeat changes nothing.

While a second encoder version stands by, what is encoded is encoded by it too, onto `vectors`. Its troubles hold up
nothing: what it misses is filled in later (streams/upgrade/fill.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec
import structlog

from streams.agents.common import Emit, Record, Refuse
from streams.agents.encoding import ENCODE_ATTEMPTS, Media, encodings_of
from streams.agents.waiting import Patience
from streams.core.content import card_of, content_hash, media_hash
from streams.core.intake import Intake, RejectCode, Rejection
from streams.core.vectors import wire_bytes
from streams.events import ContentEvent, ContentOperation, EncodedItem, ItemCard, ItemVector
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.ports.item_encoder import EncoderRefused, EncoderUnavailable, Encoding, ItemEncoder, MediaItem
from streams.ports.media_fetcher import MediaFetcher
from streams.ports.vector_index import Vectors
from streams.topics import Topic

log = structlog.get_logger()

_STAGE = "encode"
_STANDBY_WAITS_S = 1.0  # how much later than the version in use the standby may be


class Previous(Protocol):
    """What the items view knows of an item as it was last encoded."""

    @property
    def card(self) -> ItemCard: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def media_hash(self) -> str: ...
    @property
    def encoder_version(self) -> str: ...
    @property
    def modalities(self) -> tuple[str, ...]: ...
    @property
    def problems(self) -> tuple[str, ...]: ...
    @property
    def vector(self) -> bytes: ...


class EncodedBefore(Protocol):
    """Looks an item up in the items view."""

    def __call__(self, item_id: str) -> Previous | None: ...


class Encoders(Protocol):
    """Which encoder is in use, and which stands by (None: no upgrade is under way)."""

    @property
    def active(self) -> ItemEncoder: ...
    @property
    def standby(self) -> ItemEncoder | None: ...


class _Latest:
    """The items this agent has just produced, which the items view may not show yet; bounded, oldest dropped."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: dict[str, EncodedItem | None] = {}

    def put(self, item_id: str, item: EncodedItem | None) -> None:
        self._items.pop(item_id, None)
        self._items[item_id] = item
        if len(self._items) > self._limit:
            del self._items[next(iter(self._items))]

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def __getitem__(self, item_id: str) -> EncodedItem | None:
        return self._items[item_id]


class Encoded(NamedTuple):
    """What goes into an item's record; `vector` as on the wire."""

    vector: bytes
    modalities: tuple[str, ...]
    problems: tuple[str, ...]


class EncodeAgent:
    """Turns micro-batches of content records into records of `items`. `slow_after_s`: see Patience."""

    def __init__(
        self,
        *,
        encoders: Encoders,
        fetcher: MediaFetcher,
        encoded_before: EncodedBefore,
        emit: Emit,
        refuse: Refuse,
        clock: Clock,
        max_event_bytes: int,
        slow_after_s: float,
    ) -> None:
        self._encoders = encoders
        self._media = Media(fetcher)
        self._encoded_before = encoded_before
        self._emit = emit
        self._refuse = refuse
        self._clock = clock
        self._intake = Intake(ContentEvent, "item_id", max_event_bytes)
        self._latest = _Latest(10_000)
        self._known: ItemEncoder | None = None
        self.patience = Patience(EncoderUnavailable, slow_after_s)

    async def handle(self, records: Sequence[Record]) -> None:
        """Encodes what is new or changed, deletes what was deleted; within a batch the last word on an item counts."""
        with self.patience.batch():
            await self._handle(records)

    async def _handle(self, records: Sequence[Record]) -> None:
        encoder = await self.patience.until_done(self._known_encoder)
        newest: dict[str, tuple[Record, ContentEvent | None]] = {}
        for record in records:
            read = self._read(record)
            if read is not None:
                item_id, event = read
                if item_id in newest:
                    metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="superseded").inc()
                newest[item_id] = (record, event)
        to_encode = []
        for item_id, (record, event) in newest.items():
            if event is None or event.operation is ContentOperation.DELETE:
                self._delete(item_id)
            elif not self._settled_without_encoding(record, event, encoder.version):
                to_encode.append((record, event))
        if to_encode:
            await self._encode(to_encode, encoder)

    def _read(self, record: Record) -> tuple[str, ContentEvent | None] | None:
        """Item and event; event None for a tombstone, which on this compacted topic deletes the item."""
        if record.value is None and record.key:
            try:
                return record.key.decode(), None
            except UnicodeDecodeError:
                pass  # the intake below gives the reason code
        event = self._intake.read(record.key, record.value)
        if isinstance(event, Rejection):
            self._refuse(record, _STAGE, event)
            return None
        return event.item_id, event

    def _delete(self, item_id: str) -> None:
        self._latest.put(item_id, None)
        self._emit(Topic.ITEMS, item_id.encode(), None)
        for version in {one.version for one in (self._known, self._encoders.standby) if one is not None}:
            self._emit(Topic.VECTORS, f"{version}/{item_id}".encode(), None)
        metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="deleted").inc()

    def _settled_without_encoding(self, record: Record, event: ContentEvent, version: str) -> bool:
        """True when the item is unchanged, or only its card has changed and its vector could be kept."""
        before = self._before(event.item_id)
        if before is None or before.encoder_version != version:
            return False
        if before.content_hash == content_hash(event):
            metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="unchanged").inc()
            return True
        # A medium that failed last time may work now, so only an item without problems keeps its vector.
        if before.media_hash != media_hash(event) or before.problems:
            return False
        if self._encoders.standby is not None and before.card.expires_at != event.expires_at:
            return False  # the standby's vector carries the expiry too, and is made together with this one only
        self._produce(record, event, version, Encoded(before.vector, before.modalities, before.problems))
        metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="card_changed").inc()
        return True

    def _before(self, item_id: str) -> Previous | None:
        """The item as it was last encoded, by this agent or as the view shows it."""
        return self._latest[item_id] if item_id in self._latest else self._encoded_before(item_id)

    async def _encode(self, work: Sequence[tuple[Record, ContentEvent]], encoder: ItemEncoder) -> None:
        with self.patience.calling():  # hosts that do not answer can hold up a batch for a minute
            gathered = await self._media.gather([event for _, event in work])
        metrics.BATCH_SIZE.labels(agent=_STAGE).observe(len(work))
        media = [medium for medium, _ in gathered]
        standby = self._encoders.standby
        doubled = asyncio.create_task(_within_reason(standby, media)) if standby is not None else None
        encodings = await encodings_of(encoder, media, self.patience)
        for (record, event), (_, fetch_problems), encoding in zip(work, gathered, encodings, strict=True):
            if isinstance(encoding, EncoderRefused):
                self._refuse(record, _STAGE, Rejection(RejectCode.ENCODER_REFUSED, str(encoding)), ENCODE_ATTEMPTS)
                continue
            for problem in encoding.problems:
                modality, _, code = problem.partition(":")
                metrics.MEDIA_PROBLEMS.labels(modality=modality, code=code).inc()
            problems = (*fetch_problems, *encoding.problems)
            if encoding.vector is None:
                what = ", ".join(problems) or "no text and no media given"
                self._refuse(record, _STAGE, Rejection(RejectCode.NO_USABLE_MODALITY, f"nothing to encode: {what}"))
                continue
            made = Encoded(wire_bytes(encoding.vector), encoding.modalities, problems)
            self._produce(record, event, encoder.version, made)
            metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="encoded").inc()
            for modality in encoding.modalities:
                metrics.ENCODED.labels(modality=modality).inc()
        if doubled is not None and standby is not None:
            self._produce_vectors(work, standby.version, await self._in_time(doubled))

    async def _in_time(self, doubled: asyncio.Task[list[Encoding]]) -> list[Encoding]:
        """What the standby has made; nothing when it is much later than the version in use."""
        with self.patience.calling():
            try:
                return await asyncio.wait_for(doubled, _STANDBY_WAITS_S)
            except TimeoutError:
                log.info("standby_encoder_late", waited_s=_STANDBY_WAITS_S)
                return []

    def _produce_vectors(
        self, work: Sequence[tuple[Record, ContentEvent]], version: str, encodings: Sequence[Encoding]
    ) -> None:
        """The standby's vectors; none for what it could not encode."""
        for (record, event), encoding in zip(work, encodings, strict=False):
            if encoding.vector is not None:
                one = _vector_record(record, event, version, encoding.vector)
                self._emit(Topic.VECTORS, one.key, msgspec.json.encode(one))

    async def _known_encoder(self) -> ItemEncoder:
        """The one in use, for a whole batch: without its version nothing can be compared with what was there before."""
        encoder = self._encoders.active
        if encoder is not self._known and not await encoder.ready():
            raise EncoderUnavailable("the encoder is not ready")
        self._known = encoder
        return encoder

    def _produce(self, record: Record, event: ContentEvent, version: str, made: Encoded) -> None:
        now = self._clock.now()
        item = EncodedItem(
            card=card_of(event, record.timestamp),
            vector=made.vector,
            modalities=made.modalities,
            encoder_version=version,
            content_hash=content_hash(event),
            media_hash=media_hash(event),
            source_partition=record.partition,
            source_offset=record.offset,
            content_at=record.timestamp,
            encoded_at=now,
            problems=made.problems,
        )
        before = self._before(event.item_id)
        if before is not None and before.encoder_version != version:
            # Until now the version in use had its vector of this item on `vectors`; from now on it is in the record.
            self._emit(Topic.VECTORS, f"{version}/{event.item_id}".encode(), None)
        self._latest.put(event.item_id, item)
        self._emit(Topic.ITEMS, event.item_id.encode(), msgspec.json.encode(item))


def _vector_record(record: Record, event: ContentEvent, version: str, vector: Vectors) -> ItemVector:
    """What goes onto `vectors` for a content record."""
    return ItemVector(
        item_id=event.item_id,
        encoder_version=version,
        vector=wire_bytes(vector),
        media_hash=media_hash(event),
        source_partition=record.partition,
        source_offset=record.offset,
        expires_at=event.expires_at,
    )


async def _within_reason(encoder: ItemEncoder, media: Sequence[MediaItem]) -> list[Encoding]:
    """What the standby makes of a batch, or nothing: it is filled in later."""
    try:
        return await encoder.encode(media)
    except (EncoderUnavailable, EncoderRefused) as error:
        log.warning("standby_encoder_failed", error=str(error))
        return []
