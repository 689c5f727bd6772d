"""What comes in about items, and what becomes of it: the card, the vectors."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from streams.events.identifiers import Attribute, Identifier


class ContentOperation(StrEnum):
    """Whether a content event brings an item or takes it away."""

    UPSERT = "upsert"
    DELETE = "delete"


class ContentEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new, changed or deleted item (topic content, key item_id).

    Media fields hold an http(s) URL, a `data:` URI, or a file path under one of the allowed roots.
    """

    item_id: Identifier
    operation: ContentOperation = ContentOperation.UPSERT
    title: str | None = None
    text: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    creator: str | None = None
    image: str | None = None
    audio: str | None = None
    video: str | None = None
    published_at: float | None = None
    expires_at: float | None = None
    attributes: dict[str, Attribute] = {}


class ItemCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of an item besides its vector; everything a list shows or a rule reads."""

    item_id: Identifier
    title: str = ""
    language: str | None = None
    tags: tuple[str, ...] = ()
    creator: str | None = None
    published_at: float | None = None
    expires_at: float | None = None
    attributes: dict[str, Attribute] = {}


class EncodedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item as encoded (topic items, key item_id; a tombstone deletes it).

    `vector` is the fused embedding: little-endian float16, base64 on the wire, unit length before rounding.
    `problems` names modalities that were given but could not be used, as `modality:code`.
    """

    card: ItemCard
    vector: bytes
    modalities: tuple[str, ...]
    encoder_version: str
    content_hash: str
    media_hash: str
    source_partition: int
    source_offset: int
    content_at: float
    encoded_at: float
    problems: tuple[str, ...] = ()


class ItemVector(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item's vector under another encoder version than its record on `items` has (topic vectors; a tombstone
    deletes it). Written while two versions are kept; the key is `encoder_version/item_id`.

    `vector` as in EncodedItem. It is the item's only while `media_hash` equals that of its record on `items`.
    """

    item_id: Identifier
    encoder_version: str
    vector: bytes
    media_hash: str
    source_partition: int
    source_offset: int
    expires_at: float | None = None

    @property
    def key(self) -> bytes:
        return f"{self.encoder_version}/{self.item_id}".encode()
