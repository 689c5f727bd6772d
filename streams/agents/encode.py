"""ENCODE: content events in, encoded items out.

Encoder away: the batch waits and is tried again, content stays in its topic, nothing is lost. A broken medium costs the
item that modality, said in `problems`; an item with nothing usable goes to dead letters. A repeat changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
import stamina
import structlog

from streams.agents.common import Emit, Record, Refuse
from streams.agents.waiting import Patience
from streams.core.content import card_of, content_hash, media_hash, text_of
from streams.core.intake import Intake, RejectCode, Rejection
from streams.core.vectors import wire_bytes
from streams.events import ContentEvent, ContentOperation, EncodedItem
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.ports.item_encoder import EncoderRefused, EncoderUnavailable, Encoding, ItemEncoder, MediaItem
from streams.ports.media_fetcher import MediaError, MediaFetcher
from streams.topics import Topic

log = structlog.get_logger()

_FETCHES_AT_ONCE = 16
_FETCH_ATTEMPTS = 3
_ENCODE_ATTEMPTS = 3
_STAGE = "encode"


class Previous(Protocol):
    """What the items view knows of an item as it was last encoded."""

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


class EncodeAgent:
    """Turns micro-batches of content records into records of `items`."""

    def __init__(
        self,
        *,
        encoder: ItemEncoder,
        fetcher: MediaFetcher,
        encoded_before: EncodedBefore,
        emit: Emit,
        refuse: Refuse,
        clock: Clock,
        max_event_bytes: int,
    ) -> None:
        self._encoder = encoder
        self._fetcher = fetcher
        self._encoded_before = encoded_before
        self._emit = emit
        self._refuse = refuse
        self._clock = clock
        self._intake = Intake(ContentEvent, "item_id", max_event_bytes)
        self._fetches = asyncio.Semaphore(_FETCHES_AT_ONCE)
        self._latest = _Latest(10_000)
        self._known = False
        self.patience = Patience(EncoderUnavailable)

    async def handle(self, records: Sequence[Record]) -> None:
        """Encodes what is new or changed, deletes what was deleted; within a batch the last word on an item counts."""
        await self.patience.until_done(self._learn_version)
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
            elif not self._settled_without_encoding(record, event):
                to_encode.append((record, event))
        if to_encode:
            await self._encode(to_encode)

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
        metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="deleted").inc()

    def _settled_without_encoding(self, record: Record, event: ContentEvent) -> bool:
        """True when the item is unchanged, or only its card has changed and its vector could be kept."""
        item_id = event.item_id
        before: Previous | None = self._latest[item_id] if item_id in self._latest else self._encoded_before(item_id)
        if before is None or before.encoder_version != self._encoder.version:
            return False
        if before.content_hash == content_hash(event):
            metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="unchanged").inc()
            return True
        # A medium that failed last time may work now, so only an item without problems keeps its vector.
        if before.media_hash != media_hash(event) or before.problems:
            return False
        self._produce(record, event, before.vector, before.modalities, before.problems)
        metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="card_changed").inc()
        return True

    async def _encode(self, work: Sequence[tuple[Record, ContentEvent]]) -> None:
        with self.patience.calling():  # hosts that do not answer can hold up a batch for a minute
            gathered = await asyncio.gather(*(self._gather_media(event) for _, event in work))
        metrics.BATCH_SIZE.labels(agent=_STAGE).observe(len(work))
        encodings = await self._encodings([medium for medium, _ in gathered])
        for (record, event), (_, fetch_problems), encoding in zip(work, gathered, encodings, strict=True):
            if isinstance(encoding, EncoderRefused):
                self._refuse(record, _STAGE, Rejection(RejectCode.ENCODER_REFUSED, str(encoding)), _ENCODE_ATTEMPTS)
                continue
            for problem in encoding.problems:
                modality, _, code = problem.partition(":")
                metrics.MEDIA_PROBLEMS.labels(modality=modality, code=code).inc()
            problems = (*fetch_problems, *encoding.problems)
            if encoding.vector is None:
                what = ", ".join(problems) or "no text and no media given"
                self._refuse(record, _STAGE, Rejection(RejectCode.NO_USABLE_MODALITY, f"nothing to encode: {what}"))
                continue
            vector = wire_bytes(encoding.vector)
            self._produce(record, event, vector, encoding.modalities, problems)
            metrics.EVENTS.labels(topic=Topic.CONTENT, outcome="encoded").inc()
            for modality in encoding.modalities:
                metrics.ENCODED.labels(modality=modality).inc()

    async def _learn_version(self) -> None:
        """Without the encoder's version nothing can be compared with what was encoded before."""
        if not self._known and not await self._encoder.ready():
            raise EncoderUnavailable("the encoder is not ready")
        self._known = True

    async def _encodings(self, media: Sequence[MediaItem]) -> list[Encoding | EncoderRefused]:
        """What the encoder makes of each, or its refusal; a refused batch is asked item by item for the one to blame.

        A refusal is believed only after several tries: a model server that is just restarting a model refuses too.
        """
        try:
            return [*await self.patience.until_done(lambda: self._asked(media))]
        except EncoderRefused as error:
            if len(media) == 1:
                return [error]
        return [answer for one in media for answer in await self._encodings([one])]

    async def _asked(self, media: Sequence[MediaItem]) -> list[Encoding]:
        async for attempt in stamina.retry_context(on=EncoderRefused, attempts=_ENCODE_ATTEMPTS, wait_initial=0.2):
            with attempt:
                return await self._encoder.encode(media)
        raise AssertionError("unreachable: the retry ends by returning or raising")

    async def _gather_media(self, event: ContentEvent) -> tuple[MediaItem, tuple[str, ...]]:
        names = ("image", "audio", "video")
        fetched = await asyncio.gather(*(self._fetch(name, getattr(event, name)) for name in names))
        media = dict(zip(names, (data for data, _ in fetched), strict=True))
        problems = tuple(problem for _, problem in fetched if problem is not None)
        return MediaItem(event.item_id, text_of(event), event.language, **media), problems

    async def _fetch(self, modality: str, reference: str | None) -> tuple[bytes | None, str | None]:
        """The bytes, or the problem as `modality:code`; a passing fault is tried a few times first."""
        if reference is None:
            return None, None
        try:
            async with self._fetches:
                async for attempt in stamina.retry_context(
                    on=lambda error: isinstance(error, MediaError) and error.transient,
                    attempts=_FETCH_ATTEMPTS,
                    wait_initial=0.1,
                    wait_max=2.0,
                ):
                    with attempt:
                        return await self._fetcher.fetch(reference), None
        except MediaError as error:
            log.info("medium_unusable", modality=modality, code=error.code, error=str(error))
            metrics.MEDIA_PROBLEMS.labels(modality=modality, code=error.code).inc()
            return None, f"{modality}:{error.code}"
        raise AssertionError("unreachable: the retry ends by returning or raising")

    def _produce(
        self,
        record: Record,
        event: ContentEvent,
        vector: bytes,
        modalities: tuple[str, ...],
        problems: tuple[str, ...],
    ) -> None:
        now = self._clock.now()
        item = EncodedItem(
            card=card_of(event, record.timestamp),
            vector=vector,
            modalities=modalities,
            encoder_version=self._encoder.version,
            content_hash=content_hash(event),
            media_hash=media_hash(event),
            source_partition=record.partition,
            source_offset=record.offset,
            content_at=record.timestamp,
            encoded_at=now,
            problems=problems,
        )
        self._latest.put(event.item_id, item)
        self._emit(Topic.ITEMS, event.item_id.encode(), msgspec.json.encode(item))
