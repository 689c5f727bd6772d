"""Items whose modalities say the same thing in different ways: features to learn from, without towers or media."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.bridge import Bridge
from encoders.learning.dataset import Content
from encoders.learning.features import Features
from encoders.learning.slots import Slots
from encoders.spec import CLASSES, DIMENSION, PICTURE_WIDTH, SOUND_WIDTH, TAGS, TEXT_WIDTH, Floats, Modality

MEANING = 6  # dimensions of what an item is about


def random_bridge(seed: int = 0) -> Bridge:
    """Knows nothing of the features below: whatever agreement is measured has been learned."""
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=(TEXT_WIDTH, DIMENSION))
    labels, tags = rng.normal(size=(CLASSES, DIMENSION)), rng.normal(size=(TAGS, DIMENSION))
    projection, _ = np.linalg.qr(drawn)
    as_floats = [values.astype(np.float32) for values in (np.zeros(TEXT_WIDTH), projection, labels, tags)]
    return Bridge(*as_floats)


def made_features(count: int = 240, *, folder: Path | None = None, name: str = "made", seed: int = 1) -> Features:
    """Every item has a text, most a picture, some a sound; what an item is about, and its camp, shows in all of them.

    `folder`: where behaviour.jsonl may lie (nowhere: there is none).
    """
    rng = np.random.default_rng(seed)
    about = rng.normal(size=(count, MEANING))
    rows = np.arange(count)
    about[:, 0] = np.where(rows % 2 == 0, 0.3, -0.3)  # the camp: see write_behaviour
    pictured, heard = rows[rows % 5 > 0], rows[rows % 3 == 0]
    present = np.zeros((count, len(Modality)), bool)
    present[:, 0] = True
    present[pictured, 1] = True
    present[heard, 2] = True
    return Features(
        name=name,
        dataset=folder or Path("nowhere"),
        item_ids=tuple(f"{name}-{row}" for row in rows),
        contents=tuple(Content(f"{name}-{row}", title=f"thing {row}", tags=(f"kind {row % 4}",)) for row in rows),
        texts={"text": _shown(about, TEXT_WIDTH, rng), "zh": _shown(about, TEXT_WIDTH, rng)},
        pictures=_slots(about, pictured, Modality.IMAGE, (PICTURE_WIDTH, CLASSES), rng),
        sounds=_slots(about, heard, Modality.AUDIO, (SOUND_WIDTH, TAGS), rng),
        quality=present.astype(np.float32),
        present=present,
        key=name,
    )


def write_behaviour(folder: Path, users: int, items: int, name: str = "made") -> None:
    """Users of two camps: even ones like even items, odd ones odd items, one after another."""
    rng = np.random.default_rng(0)
    acts = [
        {"user_id": f"u{user}", "item_id": f"{name}-{row}", "action": "like", "occurred_at": float(row)}
        for user in range(users)
        for row in range(user % 2, items, 2)
        if rng.random() < 0.5
    ]
    (folder / "behaviour.jsonl").write_text("\n".join(json.dumps(act) for act in acts), encoding="utf-8")


def _shown(about: NDArray[np.floating], width: int, rng: np.random.Generator) -> Floats:
    shown: Floats = (about @ rng.normal(size=(MEANING, width)) / width**0.5).astype(np.float32)
    return shown


def _slots(
    about: NDArray[np.floating],
    rows: NDArray[np.int64],
    modality: Modality,
    widths: tuple[int, int],
    rng: np.random.Generator,
) -> Slots:
    embedding, logits = (_shown(about, width, rng)[rows] for width in widths)
    scores = np.exp(5 * logits)
    shares = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    return Slots(rows.astype(np.int64), np.full(len(rows), int(modality), np.int32), embedding, shares)
