"""Items of one kind side by side: the arrays of a call, and which item each row belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from encoders.spec import Floats, Integers, ItemTensors, Pixels

PADDING = -1
MAX_BATCH = 32  # what the served models accept in one request
MAX_COST = 64.0  # of one request, in pictures (each about 10 ms of CPU), so that none takes longer than its deadline
PATCH_COST = 3.0  # a patch of sound against a picture


@dataclass(frozen=True, slots=True)
class Batch:
    """n items that have the same number of pictures and of sound patches.

    tokens int32[n, l], padded with -1, l >= 1; pictures uint8[n, k, 224, 224, 3]; sounds float32[n, p, 187, 96]. Where
    the items have none, one empty slot of the smallest shape stands in (pictures [n, 1, 1, 1, 3], sounds
    [n, 1, 1, 96]), its modality 0: it costs nothing to send or to skip. quality float32[n, 4] by modality.
    """

    rows: tuple[int, ...]
    tokens: Integers
    pictures: Pixels
    picture_modality: Integers
    sounds: Floats
    sound_modality: Integers
    quality: Floats


def make_batches(items: Sequence[ItemTensors]) -> list[Batch]:
    """Every item that has anything at all, in batches of equal shapes; `rows` index `items`."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, item in enumerate(items):
        if not item.empty:
            groups[len(item.pictures), len(item.sounds)].append(row)
    batches = []
    for (pictures, sounds), rows in groups.items():
        affordable = int(MAX_COST / max(1.0, pictures + PATCH_COST * sounds))
        size = max(1, min(MAX_BATCH, affordable))
        batches += [_batch(items, rows[start : start + size]) for start in range(0, len(rows), size)]
    return batches


def _batch(items: Sequence[ItemTensors], rows: list[int]) -> Batch:
    chosen = [items[row] for row in rows]
    n = len(chosen)
    tokens = np.full((n, max(1, *(len(item.tokens) for item in chosen))), PADDING, np.int32)
    for line, item in zip(tokens, chosen, strict=True):
        line[: len(item.tokens)] = item.tokens
    has_pictures, has_sounds = len(chosen[0].pictures) > 0, len(chosen[0].sounds) > 0
    none = np.zeros((n, 1), np.int32)
    return Batch(
        rows=tuple(rows),
        tokens=tokens,
        pictures=np.stack([i.pictures for i in chosen]) if has_pictures else np.zeros((n, 1, 1, 1, 3), np.uint8),
        picture_modality=np.stack([i.picture_modality for i in chosen]) if has_pictures else none,
        sounds=np.stack([i.sounds for i in chosen]) if has_sounds else np.zeros((n, 1, 1, 96), np.float32),
        sound_modality=np.stack([i.sound_modality for i in chosen]) if has_sounds else none,
        quality=np.stack([i.quality for i in chosen]),
    )
