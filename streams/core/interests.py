"""Up to K interests of a user: dense spots among the vectors of what they liked.

Greedy leader clustering (Hartigan, "Clustering Algorithms", 1975, ch. 3), the leader being the item with the greatest
liked mass around it; so interests are found in a few passes over one n x n matrix of cosines. "Around" means nearer
than the user's average pair, because spaces differ in how close unrelated items lie.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
    rows, vectors, mass = taste.liked, taste.vectors, taste.strength
    usable = catalogue.searchable(rows)
    if not usable.all():
        rows, vectors, mass = rows[usable], vectors[usable], mass[usable]
    if not len(rows):
        return ()
    groups = np.array(_groups(vectors @ vectors.T, mass, tuning.interests))
    weighed = groups * mass
    sums = weighed @ vectors
    sums /= np.maximum(np.sqrt(np.einsum("ij,ij->i", sums, sums)), np.float32(1e-12))[:, None]
    shares = (weighed.sum(axis=1) / mass.sum()).tolist()
    strongest = (-mass).argsort(kind="stable")
    names = [[*map(catalogue.rows.id_of, rows[strongest[members[strongest]]].tolist())] for members in groups]
    found = map(Interest, sums, shares, map(tuple, names))
    return tuple(sorted(found, key=lambda interest: -interest.share))


class _Group(NamedTuple):
    """Some of n items: `members` bool[n]; `pull` float32[n]: each item's cosine to the centroid times its `length`."""

    members: NDArray[np.bool_]
    pull: NDArray[np.float32]
    length: float
    spread: float  # mean cosine of the members to their centroid


def _groups(cosines: NDArray[np.float32], mass: NDArray[np.float32], most: int) -> list[NDArray[np.bool_]]:
    """Disjoint bool[n] masks of the items of each interest, densest first. Centroids exist only through `cosines`.

    A spot that lies no further from a group found before than that group's own members do is the same interest.
    """
    near = (cosines >= _mean_pair(cosines)).astype(np.float32)
    left = mass.copy()
    groups: list[_Group] = []
    for _ in range(2 * most):
        unclaimed = left > 0
        if not unclaimed.any():
            break
        members = (near[((near @ left) * unclaimed).argmax()] > 0) & unclaimed
        left[members] = 0
        found = _group(members, cosines, mass)
        same = next((at for at, group in enumerate(groups) if _one(group, found, mass)), None)
        if same is not None:
            groups[same] = _group(groups[same].members | members, cosines, mass)
        elif len(groups) < most:
            groups.append(found)
    return [group.members for group in groups]


def _group(members: NDArray[np.bool_], cosines: NDArray[np.float32], mass: NDArray[np.float32]) -> _Group:
    weighed = members * mass
    pull = cosines @ weighed
    length = math.sqrt(max(float(weighed @ pull), 1e-24))
    spread = float((members * pull).sum()) / (np.count_nonzero(members) * length)
    return _Group(members, pull, length, spread)


def _one(group: _Group, other: _Group, mass: NDArray[np.float32]) -> bool:
    between = float((mass * other.members) @ group.pull) / (group.length * other.length)
    return between >= min(group.spread, other.spread)


def _mean_pair(cosines: NDArray[np.float32]) -> float:
    """The mean cosine of two different items; just under 1 for a single item, which is near itself only."""
    n = len(cosines)
    return min((float(cosines.sum()) - n) / (n * (n - 1)) if n > 1 else 1.0, 1.0 - 1e-3)


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
