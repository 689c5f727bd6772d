"""The training items of several data sets side by side, as tensors to draw batches from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from encoders.learning.features import Features
from encoders.learning.splits import rows_of
from encoders.spec import TEXT_WIDTH

DEFAULT_FIELD = 1.0
PASSAGE = "text"


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """n items. An item's texts (its passage, its title, its names by language) lie one after another in `texts`.

    texts float32[t, 512], weight float32[t] (how often a text is drawn), first and count int64[n] (count may be 0);
    picture float32[n, 1280], classes [n, 1000], sound [n, 200], tags [n, 50], present and quality float32[n, 4];
    passage float32[n, 512]: the text that is embedded for the item, zeros without one;
    name int64[n]: equal for items of the same title; label int64[n]: equal for items of the same class, -1 without;
    share float32[n]: how often the item is drawn.
    """

    item_ids: tuple[str, ...]
    texts: Tensor
    weight: Tensor
    first: Tensor
    count: Tensor
    picture: Tensor
    classes: Tensor
    sound: Tensor
    tags: Tensor
    present: Tensor
    quality: Tensor
    passage: Tensor
    name: Tensor
    label: Tensor
    share: Tensor

    def __len__(self) -> int:
        return len(self.item_ids)

    def to(self, device: torch.device) -> Bank:
        named = [field.name for field in fields(self) if field.name != "item_ids"]
        tensors = {name: getattr(self, name).to(device) for name in named}
        return Bank(item_ids=self.item_ids, **tensors)

    def draw_texts(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """One text of each item, float32[m, 512]: by its weight; zeros for an item without any."""
        luck = torch.rand(len(self.texts), generator=generator).clamp_min(1e-9).to(self.texts.device)
        keys = luck.log() / self.weight  # the largest of these is a draw by weight (Efraimidis and Spirakis, 2006)
        most = int(self.count.max()) if len(self.count) else 0
        place = self.first[rows, None] + torch.arange(most, device=rows.device)
        within = torch.arange(most, device=rows.device) < self.count[rows, None]
        safe = place.clamp_max(max(0, len(self.texts) - 1))
        chosen = torch.where(within, keys[safe], float("-inf")).argmax(dim=1)
        drawn: Tensor = self.texts[safe.gather(1, chosen[:, None]).squeeze(1)] * (self.count[rows, None] > 0)
        return drawn


def make_bank(
    sets: Sequence[Features],
    duplicates: float = 1.0,
    shares: dict[str, float] | None = None,
    text_weights: dict[str, float] | None = None,
) -> Bank:
    """The items of the train splits. One whose picture is nearer than `duplicates` (cosine) to a held-out picture of
    any of the sets is left out: the same drawing under two names would be learned by heart and measured as a success.
    """
    held_out = [features.take(_held_out(features)) for features in sets]
    train = [features.take(rows_of(features.item_ids, "train")) for features in sets]
    kept = [_without_twins(features, held_out, duplicates) for features in train]
    parts = [
        _part(features, (shares or {}).get(features.name, 1.0), text_weights or {}, number)
        for number, features in enumerate(kept)
    ]
    first, offset = [], 0
    for part in parts:
        first.append(part.first + offset)
        offset += len(part.texts)
    joined = {
        field.name: torch.cat([getattr(part, field.name) for part in parts])
        for field in fields(Bank)
        if field.name not in {"item_ids", "first"}
    }
    return Bank(item_ids=tuple(one for part in parts for one in part.item_ids), first=torch.cat(first), **joined)


def _part(features: Features, share: float, text_weights: dict[str, float], number: int) -> Bank:
    named = list(features.texts)
    stacked = np.stack([features.texts[field] for field in named], axis=1)  # [n, f, 512]
    there = np.abs(stacked).sum(axis=2) > 0
    weights = np.array([text_weights.get(field, DEFAULT_FIELD) for field in named], np.float32)
    there &= weights > 0
    count = there.sum(axis=1)
    return Bank(
        item_ids=features.item_ids,
        texts=torch.from_numpy(stacked[there]),
        weight=torch.from_numpy(np.broadcast_to(weights, there.shape)[there]),
        first=torch.from_numpy(np.cumsum(count) - count),
        count=torch.from_numpy(count),
        picture=torch.from_numpy(features.picture),
        classes=torch.from_numpy(features.classes),
        sound=torch.from_numpy(features.sound),
        tags=torch.from_numpy(features.tags),
        present=torch.from_numpy(features.present.astype(np.float32)),
        quality=torch.from_numpy(features.quality.astype(np.float32)),
        passage=torch.from_numpy(features.texts.get(PASSAGE, np.zeros((len(features), TEXT_WIDTH), np.float32))),
        name=torch.from_numpy(np.array([_number(content.title or "") for content in features.contents], np.int64)),
        label=torch.from_numpy(
            np.array([_number(f"{number} {label}") if label else -1 for label in features.labels], np.int64)
        ),
        share=torch.full((len(features),), share),
    )


def _held_out(features: Features) -> NDArray[np.int64]:
    return np.concatenate([rows_of(features.item_ids, "validation"), rows_of(features.item_ids, "test")])


def _without_twins(features: Features, held_out: Sequence[Features], duplicates: float) -> Features:
    if duplicates >= 1.0 or not len(features):
        return features
    mine = _looks(features)
    twin = np.zeros(len(features), bool)
    for others in held_out:
        theirs = _looks(others)
        if len(theirs):
            twin |= (mine @ theirs.T).max(axis=1) > duplicates
    return features.take(np.flatnonzero(~twin))


def _looks(features: Features) -> NDArray[np.float32]:
    """Unit rows, zeros without a picture."""
    picture = features.picture
    unit: NDArray[np.float32] = picture / np.maximum(np.linalg.norm(picture, axis=1, keepdims=True), 1e-9)
    return unit


def _number(text: str) -> int:
    """63 bits of a hash, the same on every machine."""
    digest = hashlib.blake2b(text.strip().lower().encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
