"""A catalogue that is encoded already: the same vectors for every contestant, straight to the items topic."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.parts import say
from bench.synthetic import catalogue, subject_of
from bench.wire import Sender
from streams.core.content import card_of, content_hash, media_hash, text_of
from streams.core.vectors import wire_bytes
from streams.events import ContentEvent, EncodedItem
from streams.ports.item_encoder import ItemEncoder, MediaItem
from streams.settings import Settings
from streams.topics import Topic

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class EncodedCatalogue:
    """Content events with their vectors, unit float32[n, d], of one encoder version."""

    events: list[ContentEvent]
    vectors: NDArray[np.float32]
    version: str

    def publish(self, settings: Settings) -> None:
        """Send every item to the items topic of these settings."""
        sender = Sender(settings.kafka)
        topic = Topic.ITEMS.under(settings.topic_prefix)
        now = time.time()
        for number, (event, vector) in enumerate(zip(self.events, self.vectors, strict=True)):
            item = EncodedItem(
                card=card_of(event, now),
                vector=wire_bytes(vector),
                modalities=("text",),
                encoder_version=self.version,
                content_hash=content_hash(event),
                media_hash=media_hash(event),
                source_partition=0,
                source_offset=number,
                content_at=now,
                encoded_at=now,
            )
            sender.send(topic, event.item_id, msgspec.json.encode(item), at=now)
        sender.flush()


async def encode(encoder: ItemEncoder, items: int) -> EncodedCatalogue:
    """The synthetic catalogue's texts through a real encoder, in batches, two calls in flight."""
    events = catalogue(items, seed=1, now=time.time())
    media = [MediaItem(event.item_id, text_of(event), event.language) for event in events]
    batches = [media[start : start + _AT_ONCE] for start in range(0, items, _AT_ONCE)]
    in_flight = asyncio.Semaphore(2)
    done = 0

    async def one(batch: list[MediaItem]) -> list[NDArray[np.float32]]:
        nonlocal done
        async with in_flight:
            encodings = await encoder.encode(batch)
        done += len(batch)
        if done // 2000 > (done - len(batch)) // 2000:
            say(f"encoded {done} of {items} items")
        vectors = [encoding.vector for encoding in encodings if encoding.vector is not None]
        if len(vectors) < len(batch):
            raise RuntimeError("the encoder gave no vector for a plain text; check it with `python -m encoders encode`")
        return vectors

    gathered = await asyncio.gather(*(one(batch) for batch in batches))
    vectors = np.stack([vector for batch in gathered for vector in batch])
    return EncodedCatalogue(events, vectors, encoder.version)


def clustered(items: int, dimension: int = 256) -> EncodedCatalogue:
    """The same catalogue under made-up vectors, one cluster per subject: for trials without an encoder."""
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(64, dimension))
    vectors = np.stack([centres[subject_of(n)] + 0.7 * rng.normal(size=dimension) for n in range(items)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return EncodedCatalogue(catalogue(items, seed=1, now=time.time()), vectors.astype(np.float32), "clustered-1")
