"""Content for the peers: texts through Triton's item_encoder with tritonclient, in batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streams.core.content import card_of, content_hash, media_hash, text_of
from streams.core.vectors import wire_bytes
from streams.events import ContentEvent, EncodedItem


class Encoder(Protocol):
    """Texts to unit vectors float32[n, d]."""

    @property
    def version(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


def encode_batch(encoder: Encoder, events: Sequence[ContentEvent]) -> list[EncodedItem]:
    """One encoder call for all events that have text; the others are left out (a peer has no dead letters)."""
    texts = [(event, text) for event in events if (text := text_of(event)) is not None]
    if not texts:
        return []
    vectors = encoder.encode([text for _, text in texts])
    now = time.time()
    return [
        EncodedItem(
            card=card_of(event, now),
            vector=wire_bytes(vector),
            modalities=("text",),
            encoder_version=encoder.version,
            content_hash=content_hash(event),
            media_hash=media_hash(event),
            source_partition=0,
            source_offset=0,
            content_at=now,
            encoded_at=now,
        )
        for (event, _), vector in zip(texts, vectors, strict=True)
    ]
