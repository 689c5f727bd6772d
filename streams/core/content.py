"""What a content event means: its card, the text an encoder reads, and the hashes that tell what has changed."""

from __future__ import annotations

import hashlib

import msgspec

from streams.events import ContentEvent, ItemCard

MAX_TITLE = 500
MAX_TAGS = 32
_DIGEST_BYTES = 12


def card_of(event: ContentEvent, received_at: float) -> ItemCard:
    """The item's card; an item that does not say when it was published counts as published on arrival."""
    return ItemCard(
        item_id=event.item_id,
        title=(event.title or "").replace("\x00", "").strip()[:MAX_TITLE],
        language=event.language,
        tags=tuple(dict.fromkeys(tag.strip() for tag in event.tags if tag.strip()))[:MAX_TAGS],
        creator=event.creator,
        published_at=received_at if event.published_at is None else event.published_at,
        expires_at=event.expires_at,
        attributes=event.attributes,
    )


def text_of(event: ContentEvent) -> str | None:
    """Title, text and tags as one passage; None when there is nothing to read."""
    parts = [part.replace("\x00", "").strip() for part in (event.title or "", event.text or "", ", ".join(event.tags))]
    return ". ".join(part for part in parts if part) or None


def content_hash(event: ContentEvent) -> str:
    """Changes when anything about the item changes: an equal event need not be handled again."""
    return _digest(msgspec.json.encode(event, order="sorted"))


def media_hash(event: ContentEvent) -> str:
    """Changes only when something the encoder reads changes: an equal one keeps its vector under a new card."""
    return _digest(msgspec.json.encode((text_of(event), event.language, event.image, event.audio, event.video)))


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()
