"""The pictures (or patches of sound) of many items, side by side: which item and modality each belongs to, and what a
tower says of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.spec import Floats, Integers

Array = NDArray[Any]  # of several types


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """owner int64[m], rising: the item's row; modality int32[m]; embedding float32[m, e]; scores float32[m, c]."""

    owner: NDArray[np.int64]
    modality: Integers
    embedding: Floats
    scores: Floats

    def mean_embedding(self, items: int, modality: int | None = None) -> Floats:
        """float32[items, e]: the mean over an item's slots (of one modality), zeros where it has none."""
        return self._mean(self.embedding, items, modality)

    def mean_scores(self, items: int, modality: int | None = None) -> Floats:
        """float32[items, c], likewise."""
        return self._mean(self.scores, items, modality)

    def take(self, rows: NDArray[np.int64]) -> Slots:
        """The slots of some items; their owners become the positions in `rows`."""
        starts = np.searchsorted(self.owner, rows, "left")
        ends = np.searchsorted(self.owner, rows, "right")
        counts = ends - starts
        owner = np.repeat(np.arange(len(rows)), counts)
        index = starts[owner] + np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
        return Slots(owner, self.modality[index], self.embedding[index], self.scores[index])

    def padded(self, items: int) -> tuple[Floats, Floats, Integers]:
        """As served, k >= 1: (embedding float32[n, k, e], scores float32[n, k, c], modality int32[n, k])."""
        counts = np.bincount(self.owner, minlength=items)
        width = max(1, int(counts.max(initial=0)))
        place = np.arange(len(self.owner)) - (np.cumsum(counts) - counts)[self.owner]
        embedding = np.zeros((items, width, self.embedding.shape[1]), np.float32)
        scores = np.zeros((items, width, self.scores.shape[1]), np.float32)
        modality = np.zeros((items, width), np.int32)
        embedding[self.owner, place] = self.embedding
        scores[self.owner, place] = self.scores
        modality[self.owner, place] = self.modality
        return embedding, scores, modality

    def moved(self, by: int) -> Slots:
        """The same slots, their items `by` rows further on."""
        return replace(self, owner=self.owner + by)

    def arrays(self, prefix: str) -> dict[str, Array]:
        """To store, by name."""
        fields: dict[str, Array] = {
            "owner": self.owner,
            "modality": self.modality,
            "embedding": self.embedding,
            "scores": self.scores,
        }
        return {f"{prefix}.{name}": values for name, values in fields.items()}

    @staticmethod
    def stored(arrays: Mapping[str, Array], prefix: str) -> Slots:
        """What `arrays` gave."""
        return Slots(
            arrays[f"{prefix}.owner"].astype(np.int64),
            arrays[f"{prefix}.modality"].astype(np.int32),
            arrays[f"{prefix}.embedding"].astype(np.float32),
            arrays[f"{prefix}.scores"].astype(np.float32),
        )

    @staticmethod
    def joined(parts: Sequence[Slots]) -> Slots:
        """Several one after another; their owners must already follow each other."""
        return Slots(
            np.concatenate([part.owner for part in parts]),
            np.concatenate([part.modality for part in parts]),
            np.concatenate([part.embedding for part in parts]),
            np.concatenate([part.scores for part in parts]),
        )

    def _mean(self, values: Floats, items: int, modality: int | None) -> Floats:
        chosen = np.ones(len(self.owner), bool) if modality is None else self.modality == modality
        sums = np.zeros((items, values.shape[1]), np.float32)
        np.add.at(sums, self.owner[chosen], values[chosen])
        counts = np.bincount(self.owner[chosen], minlength=items)
        return sums / np.maximum(counts, 1).astype(np.float32)[:, None]
