"""The same items with less to go by: without some modalities, or with one of their texts alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import combinations

import numpy as np

from encoders.learning.features import Features
from encoders.learning.slots import Slots
from encoders.spec import Modality

MOSTLY_TEXT = "text"


def without(features: Features, missing: Collection[Modality]) -> Features:
    """The items as if they had been sent without some modalities."""
    lost = [int(modality) for modality in missing]
    columns = np.isin([int(modality) for modality in Modality], lost)
    texts = features.texts
    if Modality.TEXT in missing:
        texts = {field: np.zeros_like(values) for field, values in texts.items()}
    return replace(
        features,
        texts=texts,
        pictures=_kept(features.pictures, lost),
        sounds=_kept(features.sounds, lost),
        quality=np.where(columns, np.float32(0), features.quality),
        present=features.present & ~columns,
    )


def only_text(features: Features, field: str) -> Features:
    """The items as if one of their texts were all they have."""
    alone = without(features, [modality for modality in Modality if modality is not Modality.TEXT])
    text = features.texts[field]
    there = np.abs(text).sum(axis=1) > 0
    present, quality = alone.present.copy(), alone.quality.copy()
    present[:, 0] = there
    quality[:, 0] = np.where(there, np.maximum(quality[:, 0], np.float32(0.5)), np.float32(0))
    return replace(alone, texts={MOSTLY_TEXT: text}, present=present, quality=quality)


def modalities_of(features: Features, least: int = 1) -> list[Modality]:
    """Those that at least `least` items have."""
    return [modality for modality in Modality if int(features.present[:, int(modality) - 1].sum()) >= least]


def subsets(modalities: Collection[Modality]) -> list[tuple[Modality, ...]]:
    """Every way to lose some but not all modalities, fewest first."""
    return [lost for size in range(1, len(modalities)) for lost in combinations(modalities, size)]


def name_of(missing: Collection[Modality]) -> str:
    return "without " + " and ".join(modality.name.lower() for modality in missing)


def _kept(slots: Slots, lost: list[int]) -> Slots:
    keep = ~np.isin(slots.modality, lost)
    return Slots(slots.owner[keep], slots.modality[keep], slots.embedding[keep], slots.scores[keep])
