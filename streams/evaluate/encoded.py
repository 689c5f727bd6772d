"""The items as they would lie on the topic `items`: encoded by the ENCODE agent itself, kept on disk.

What was encoded before is told by its content hash and encoder version, as the agent tells it, so a second run encodes
only what has changed. Afterwards only numbers are needed: no model stays loaded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from streams.adapters.clock import SystemClock
from streams.adapters.encoder_choice import make_item_encoder
from streams.adapters.media import HttpMediaFetcher
from streams.agents.common import Record
from streams.agents.encode import EncodeAgent
from streams.agents.waiting import slow_after
from streams.core.content import text_of
from streams.core.hashing import digest
from streams.core.intake import Rejection
from streams.datasets.folder import Dataset
from streams.datasets.report import DatasetError
from streams.events import ContentEvent, ContentOperation, EncodedItem
from streams.ports.item_encoder import EncoderUnavailable
from streams.settings import Settings
from streams.topics import Topic
from streams.upgrade.roles import Roles

_BATCH = 32
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class _Content:
    """A content event as the agent would consume it."""

    key: bytes
    value: bytes
    offset: int
    timestamp: float
    topic: str = Topic.CONTENT
    partition: int = 0


MODALITIES = ("text", "image", "audio", "video")


def encoded_items(
    dataset: Dataset, content: Sequence[ContentEvent], settings: Settings, progress: Progress, only: str = ""
) -> dict[str, EncodedItem]:
    """By item id, without those that have nothing to encode. `progress(done, total)` counts the items.

    `only` names one of MODALITIES to be used alone. Raises DatasetError when the models are not exported.
    """
    if only:
        content = [alone(event, only) for event in content if has(event, only)]
    if settings.encoder == "triton":  # offline work needs no server: the same models, in this process
        settings = settings.model_copy(update={"encoder": "local"})
    roots = (dataset.root, *sorted({path.parent for path in _files(content)}))
    settings = settings.model_copy(update={"media_roots": roots})
    return asyncio.run(_encoded(f"{digest(str(dataset.root))[:12]}{only}", content, settings, progress))


def has(event: ContentEvent, modality: str) -> bool:
    """Whether an item comes with a modality."""
    return bool(text_of(event) if modality == "text" else getattr(event, modality))


def alone(event: ContentEvent, modality: str) -> ContentEvent:
    """The item with one modality taken for all it has."""
    bare = msgspec.structs.replace(event, title=None, text=None, tags=(), image=None, audio=None, video=None)
    names = ("title", "text", "tags") if modality == "text" else (modality,)
    return msgspec.structs.replace(bare, **{name: getattr(event, name) for name in names})


async def _encoded(
    name: str, content: Sequence[ContentEvent], settings: Settings, progress: Progress
) -> dict[str, EncodedItem]:
    """`name` tells the cached file from those of other data sets and modalities."""
    encoder, fetcher = make_item_encoder(settings), HttpMediaFetcher(settings)
    if not await encoder.ready():
        raise DatasetError("the encoder's models are not exported; run `make setup`, or set UPWELL_ENCODER=dummy")
    cache = settings.home / "evaluate" / f"items-{encoder.version}-{name}.jsonl"
    before = _read(cache)
    items: dict[str, EncodedItem] = {}
    agent = EncodeAgent(
        encoders=Roles(lambda _: encoder),
        fetcher=fetcher,
        encoded_before=lambda item_id: before.get(item_id),  # noqa: PLW0108  dict.get has one overload too many
        emit=lambda topic, key, value: _take(items, value),
        refuse=_pass_over,
        clock=SystemClock(),
        max_event_bytes=settings.max_event_bytes,
        slow_after_s=slow_after(settings.stalled_after_s),
    )
    last = {event.item_id: event for event in content if event.operation is ContentOperation.UPSERT}
    records = [
        _Content(event.item_id.encode(), msgspec.json.encode(event), offset, event.published_at or 0.0)
        for offset, event in enumerate(last.values())
    ]
    try:
        for at in range(0, len(records), _BATCH):
            await agent.handle(records[at : at + _BATCH])
            progress(min(at + _BATCH, len(records)), len(records))
    except EncoderUnavailable as error:
        raise DatasetError(str(error)) from error
    finally:
        await encoder.close()
        await fetcher.close()
    unchanged = {item_id: before[item_id] for item_id in last if item_id in before}  # the agent leaves these alone
    items = unchanged | items
    if items != before:
        _write(cache, items)
    return items


def _take(items: dict[str, EncodedItem], value: bytes | None) -> None:
    if value is not None:
        item = msgspec.json.decode(value, type=EncodedItem)
        items[item.card.item_id] = item


def _pass_over(record: Record, stage: str, rejection: Rejection, attempts: int = 1) -> None:
    """An item that cannot be encoded is in no catalogue, here as in the stream."""


def _files(content: Sequence[ContentEvent]) -> list[Path]:
    """The files that the items refer to, every symbolic link followed: a data set may link what it does not copy."""
    references = [one for event in content for one in (event.image, event.audio, event.video) if one is not None]
    return [Path(one).resolve() for one in references if Path(one).is_absolute()]


def _read(cache: Path) -> dict[str, EncodedItem]:
    if not cache.is_file():
        return {}
    decode = msgspec.json.Decoder(EncodedItem).decode
    try:
        items = [decode(line) for line in cache.read_bytes().splitlines()]
    except msgspec.DecodeError:
        return {}  # of another release, or cut short: it is only a cache
    return {item.card.item_id: item for item in items}


def _write(cache: Path, items: dict[str, EncodedItem]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    half = cache.with_suffix(".part")
    half.write_bytes(b"\n".join(map(msgspec.json.encode, items.values())))
    half.replace(cache)
