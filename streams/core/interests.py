"""Up to K interests of a user: dense spots among the vectors of what they liked.

Greedy leader clustering (Hartigan, "Clustering Algorithms", 1975, ch. 3), the leader being the item with the greatest
liked mass around it; so an interest is found in K passes over one n x n matrix of cosines. "Around" is relative to the
user's own spread, because spaces differ in how close unrelated items lie.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.catalogue import Catalogue
from streams.core.taste import Taste
from streams.core.tuning import Tuning

Vector = NDArray[np.float32]
NOT_REUSABLE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    """`centroid` float32[d] of unit length; `share` of the user's liked mass in (0, 1]; `members` strongest first."""

    centroid: Vector
    share: float
    members: tuple[str, ...]


def interests_of(taste: Taste, catalogue: Catalogue, tuning: Tuning) -> tuple[Interest, ...]:
    """At most `tuning.interests`, heaviest first; none for a user whose liked items have no vectors."""
    usable = catalogue.searchable(taste.liked)
    if not usable.any():
        return ()
    rows, vectors, mass = taste.liked[usable], taste.vectors[usable], taste.strength[usable]
    cosines = vectors @ vectors.T
    near = cosines >= _closeness(cosines)
    total = float(mass.sum())
    left = mass.copy()
    found: list[Interest] = []
    while len(found) < tuning.interests and left.any():
        around = (near @ left) * (left > 0)
        members = near[int(around.argmax())] & (left > 0)
        centroid = left[members] @ vectors[members]
        norm = float(np.linalg.norm(centroid))
        if norm > 0:
            at = np.flatnonzero(members)
            order = at[np.argsort(-left[at], kind="stable")]
            found.append(
                Interest(
                    centroid=(centroid / norm).astype(np.float32),
                    share=float(left[members].sum()) / total,
                    members=tuple(catalogue.rows.id_of(int(row)) for row in rows[order]),
                )
            )
        left[members] = 0
    return tuple(sorted(found, key=lambda interest: -interest.share))


def _closeness(cosines: NDArray[np.float32]) -> float:
    """The cosine from which two items count as one interest: half a deviation above the user's mean pair."""
    n = len(cosines)
    if n < 2:
        return 1.0 - 1e-3
    pairs = n * (n - 1)  # each counted twice; the diagonal's ones are taken off
    mean = (float(cosines.sum()) - n) / pairs
    square = (float(np.square(cosines).sum()) - n) / pairs
    return min(mean + 0.5 * math.sqrt(max(0.0, square - mean * mean)), 1.0 - 1e-3)


def moved(old: Sequence[Interest], new: Sequence[Interest], least_cosine: float) -> list[int]:
    """For each new interest the index of the old one whose search result still serves, or NOT_REUSABLE."""
    if not old:
        return [NOT_REUSABLE] * len(new)
    before = np.stack([interest.centroid for interest in old])
    reuse = []
    for interest in new:
        if before.shape[1] != len(interest.centroid):
            reuse.append(NOT_REUSABLE)
            continue
        cosines = before @ interest.centroid
        nearest = int(cosines.argmax())
        reuse.append(nearest if cosines[nearest] >= least_cosine else NOT_REUSABLE)
    return reuse
