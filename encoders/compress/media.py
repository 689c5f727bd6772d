"""The media that compression works with: those of the train split to learn and calibrate from, the validation split to
measure on. The test split is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.learning.dataset import Content, read_content
from encoders.learning.features import Progress, raw_item, silent, text_fields
from encoders.learning.splits import Split, rows_of
from encoders.preprocess import preprocess
from encoders.spec import Floats, Integers, ItemTensors, Pixels
from encoders.tokens import tokenize

LEAST_HELD = 20  # items; fewer tell nothing about a model


class TooFewItems(ValueError):
    """The data sets hold too little to learn from or to measure on; the message says of what."""


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """Of the train split: texts int32[l] each, pictures uint8[m, 224, 224, 3], sounds float32[s, 187, 96].

    Of the validation split: `held`, whole items.
    """

    texts: list[Integers]
    pictures: Pixels
    sounds: Floats
    held: list[ItemTensors]


def gather(datasets: Sequence[Path], *, learn: int, measure: int, progress: Progress = silent) -> Media:
    """Media of up to `learn` items to learn from and `measure` to measure on, as many of each data set as of the others
    and spread over it. Texts cost little: those of the whole train split are taken, in every language.

    Raises NoDataset, TooFewItems.
    """
    texts: dict[bytes, Integers] = {}
    known: list[ItemTensors] = []
    held: list[ItemTensors] = []
    for dataset in datasets:
        items = read_content(dataset)
        for field in text_fields(_of(items, "train")).values():
            for text in field:
                tokens = tokenize(text) if text else np.zeros(0, np.int32)
                texts.setdefault(tokens.tobytes(), tokens)
        chosen = _spread(_of(items, "train"), learn // len(datasets))
        measured = _spread(_of(items, "validation"), measure // len(datasets))
        for number, item in enumerate((*chosen, *measured)):
            (known if number < len(chosen) else held).append(preprocess(raw_item(dataset, item)))
            progress(f"media of {dataset.name}", number + 1, len(chosen) + len(measured))
    texts.pop(b"", None)
    pictures = [slot for item in known for slot in item.pictures]
    sounds = [slot for item in known for slot in item.sounds]
    if not pictures or not texts:
        raise TooFewItems("the train splits hold no picture or no text to learn from; give larger data sets by --data")
    if len(held) < LEAST_HELD:
        raise TooFewItems(
            f"the validation splits hold {len(held)} items, {LEAST_HELD} are needed; give larger data sets"
        )
    return Media(
        list(texts.values()), np.stack(pictures), np.stack(sounds) if sounds else np.zeros((0, 1, 96), np.float32), held
    )


def _of(items: Sequence[Content], split: Split) -> list[Content]:
    rows: NDArray[np.int64] = rows_of([item.item_id for item in items], split)
    return [items[row] for row in rows]


def _spread(items: Sequence[Content], most: int) -> list[Content]:
    if len(items) <= most:
        return list(items)
    return [items[row] for row in np.linspace(0, len(items) - 1, most).astype(int)]
