"""What the encoders' bench encodes: items of a text and a picture, as files and as the models' tensors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.synthetic import catalogue
from encoders.batch import Batch, make_batches
from encoders.preprocess import preprocess
from encoders.samples import drawing, picture
from streams.core.content import text_of
from streams.ports.item_encoder import MediaItem

PICTURE_SIZE = (480, 360)  # pixels, JPEG: a web shop's thumbnail
DRAWINGS = 64  # different pictures; what a model costs does not depend on what it sees


def media_items(count: int) -> list[MediaItem]:
    """Texts of the synthetic catalogue, each with a picture."""
    pictures = [picture("JPEG", drawing(*PICTURE_SIZE, seed=seed), quality=85) for seed in range(min(count, DRAWINGS))]
    return [
        MediaItem(event.item_id, text_of(event), event.language, pictures[number % len(pictures)])
        for number, event in enumerate(catalogue(count, seed=1, now=time.time()))
    ]


def batches_of(items: Sequence[MediaItem], size: int) -> list[Batch]:
    """Batches of exactly `size` items; what is left over is dropped."""
    tensors = [preprocess(item) for item in items]
    whole = [tensors[start : start + size] for start in range(0, len(tensors) - size + 1, size)]
    return [batch for part in whole for batch in make_batches(part)]


def empty_batch(batch: Batch) -> Batch:
    """The same number of items with nothing in them: what remains of a call is its way there and back."""
    n = len(batch.rows)
    none = np.zeros((n, 1), np.int32)
    return replace(
        batch,
        tokens=np.full((n, 1), -1, np.int32),
        pictures=np.zeros((n, 1, 1, 1, 3), np.uint8),
        picture_modality=none,
        quality=np.zeros((n, 4), np.float32),
    )
