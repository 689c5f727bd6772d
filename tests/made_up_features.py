"""A data set that never was: what trainings in tests learn from in a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from encoders.bridge import Bridge
from encoders.learning.dataset import Content
from encoders.learning.features import Features
from encoders.learning.slots import Slots


def made_up_bridge() -> Bridge:
    rng = np.random.default_rng(0)
    shapes = ((512,), (512, 256), (1000, 256), (50, 256))
    return Bridge(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))


def made_up_features(n: int = 150) -> Features:
    """Items whose text and picture say the same thing in two random languages."""
    rng = np.random.default_rng(1)
    meaning = rng.normal(size=(n, 24))
    text = (meaning @ rng.normal(size=(24, 512))).astype(np.float32)
    picture = (meaning @ rng.normal(size=(24, 1280))).astype(np.float32)
    classes = rng.dirichlet(np.ones(1000), n).astype(np.float32)
    ids = tuple(f"item {number}" for number in range(n))
    present = np.zeros((n, 4), np.bool_)
    present[:, :2] = True
    none = np.zeros(0, np.int64)
    return Features(
        name="made up",
        dataset=Path("nowhere"),
        item_ids=ids,
        contents=tuple(Content(item_id=item_id, title=item_id) for item_id in ids),
        texts={"text": text / np.linalg.norm(text, axis=1, keepdims=True)},
        pictures=Slots(np.arange(n), np.full(n, 2, np.int32), picture, classes),
        sounds=Slots(none, none.astype(np.int32), np.zeros((0, 200), np.float32), np.zeros((0, 50), np.float32)),
        quality=present.astype(np.float32),
        present=present,
        key="k",
    )
