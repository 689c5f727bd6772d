"""Which items a model may learn from, which choices may be made on, and which are only ever measured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "validation", "test"]
TRAIN_PERCENT, VALIDATION_PERCENT = 70, 10  # the rest is the test split


def split_of(item_id: str) -> Split:
    """The split of an item, by a hash of its id alone: the same on every machine, whatever else the data set holds."""
    bucket = int.from_bytes(hashlib.blake2b(item_id.encode(), digest_size=8).digest(), "big") % 100
    if bucket < TRAIN_PERCENT:
        return "train"
    return "validation" if bucket < TRAIN_PERCENT + VALIDATION_PERCENT else "test"


def rows_of(item_ids: Sequence[str], split: Split) -> NDArray[np.int64]:
    """The rows, in order, of the items of one split."""
    return np.array([row for row, item_id in enumerate(item_ids) if split_of(item_id) == split], np.int64)
