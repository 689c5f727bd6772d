"""Words as items that have nothing but text: the labels that zero-shot classification chooses among."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from encoders.learning.dataset import Content
from encoders.learning.features import Features
from encoders.learning.slots import Slots
from encoders.learning.towers import Towers
from encoders.quality import text_quality
from encoders.spec import CLASSES, PICTURE_WIDTH, SOUND_WIDTH, TAGS, Modality
from encoders.tokens import tokenize


def text_items(texts: Sequence[str], towers: Towers) -> Features:
    """Features of n texts: all other modalities are absent."""
    tokens = [tokenize(text) for text in texts]
    present = np.zeros((len(texts), len(Modality)), np.bool_)
    present[:, 0] = [len(ids) > 0 for ids in tokens]
    quality = np.zeros((len(texts), len(Modality)), np.float32)
    quality[:, 0] = [text_quality(ids) if len(ids) else 0.0 for ids in tokens]
    return Features(
        name="texts",
        dataset=Path(),
        item_ids=tuple(texts),
        contents=tuple(Content(item_id=text, text=text) for text in texts),
        texts={"text": towers.text(tokens)},
        pictures=_none(PICTURE_WIDTH, CLASSES),
        sounds=_none(SOUND_WIDTH, TAGS),
        quality=quality,
        present=present,
    )


def _none(width: int, scores: int) -> Slots:
    return Slots(
        np.zeros(0, np.int64),
        np.zeros(0, np.int32),
        np.zeros((0, width), np.float32),
        np.zeros((0, scores), np.float32),
    )
