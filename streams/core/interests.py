"""Up to K interests of a user: dense spots among the vectors of what they liked.

Greedy leader clustering (Hartigan, "Clustering Algorithms", 1975, ch. 3), the leader being the item with the greatest
liked mass around it; so interests are found in a few passes over one n x n matrix of cosines. "Around" means nearer
than the user's average pair, because spaces differ in how close unrelated items lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.core.catalogue import Catalogue
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.taste import Taste
from streams.core.tuning import Tuning

Vector = NDArray[np.float32]
Cosines = NDArray[np.float32]


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
    centroids, shares, order, group_of = _found(vectors, vectors @ vectors.T, mass, tuning.interests)
    members: list[list[str]] = [[] for _ in shares]
    ids = catalogue.rows.ids_of(rows[order].tolist())
    for item_id, group in zip(ids, group_of[order].tolist(), strict=True):
        if group >= 0:
            members[group].append(item_id)
    found = map(Interest, centroids, shares.tolist(), map(tuple, members))
    return tuple(sorted(found, key=lambda interest: -interest.share))


@compiled("f4(f4[:, ::1])")
def _mean_pair(cosines: Cosines) -> float:
    """The mean cosine of two different items; just under 1 for a single item, which is near itself only."""
    n = len(cosines)
    mean = (cosines.sum() - n) / (n * (n - 1)) if n > 1 else 1.0
    return min(mean, 1.0 - 1e-3)


@compiled("UniTuple(f4, 2)(i4[::1], f4[:, ::1], f4[::1], f4[::1])")
def _described(members: Rows, cosines: Cosines, mass: Vector, pull: Vector) -> tuple[float, float]:
    """The length of the members' weighed sum, and their mean cosine to it.

    `pull` gets every item's cosine times the length.
    """
    pull[:] = 0
    for i in members:
        pull += mass[i] * cosines[i]
    square, spread = np.float32(0), np.float32(0)
    for i in members:
        square += mass[i] * pull[i]
        spread += pull[i]
    length = np.sqrt(max(square, np.float32(1e-24)))
    return length, spread / (len(members) * length)


@compiled("Tuple((i8, i4[::1]))(f4[:, ::1], f4[::1], i8)")
def _grouped(  # noqa: PLR0912 - one algorithm; what is not compiled with it would be called from it
    cosines: Cosines, mass: Vector, most: int
) -> tuple[int, Rows]:
    """How many groups, and the group of each of n items, densest first. Centroids exist only through `cosines`.

    A spot that lies no further from a group found before than that group's own members do is the same interest.
    """
    n = len(mass)
    near_from = _mean_pair(cosines)
    left = mass.copy()
    group_of = np.full(n, -1, dtype=np.int32)
    found = np.empty(n, dtype=np.int32)  # members of the spot just found
    # Of each group: every item's cosine to its centroid times the centroid's length.
    pull = np.empty((most + 1, n), dtype=np.float32)
    length = np.empty(most + 1, dtype=np.float32)
    spread = np.empty(most + 1, dtype=np.float32)  # mean cosine of the members to their centroid
    groups = 0
    for _ in range(2 * most):
        leader, densest = -1, np.float32(0)
        for i in range(n):
            if left[i] > 0:
                around = np.float32(0)
                for j in range(n):
                    if cosines[i, j] >= near_from:
                        around += left[j]
                if around > densest:
                    leader, densest = i, around
        if leader < 0:
            break
        size = 0
        for j in range(n):
            if left[j] > 0 and cosines[leader, j] >= near_from:
                found[size] = j
                size += 1
        members = found[:size]
        left[members] = 0
        length[groups], spread[groups] = _described(members, cosines, mass, pull[groups])
        same = -1
        for at in range(groups):
            between = np.float32(0)
            for j in members:
                between += mass[j] * pull[at, j]
            if between / (length[at] * length[groups]) >= min(spread[at], spread[groups]):
                same = at
                break
        if same >= 0:
            group_of[members] = same
            everyone = np.flatnonzero(group_of == same).astype(np.int32)
            length[same], spread[same] = _described(everyone, cosines, mass, pull[same])
        elif groups < most:
            group_of[members] = groups
            groups += 1
    return groups, group_of


@compiled("Tuple((f4[:, ::1], f4[::1]))(f4[:, ::1], f4[::1], i4[::1], i8)")
def _centres(vectors: Cosines, mass: Vector, group_of: Rows, groups: int) -> tuple[Cosines, Vector]:
    """Unit centroids float32[groups, d], and each group's share of the whole mass float32[groups]."""
    centroids = np.zeros((groups, vectors.shape[1]), dtype=np.float32)
    shares = np.zeros(groups, dtype=np.float32)
    for i in range(len(mass)):
        if group_of[i] >= 0:
            centroids[group_of[i]] += mass[i] * vectors[i]
            shares[group_of[i]] += mass[i]
    shares /= mass.sum()
    for group in range(groups):
        length = np.sqrt((centroids[group] * centroids[group]).sum())
        centroids[group] /= max(length, np.float32(1e-12))
    return centroids, shares


@compiled("Tuple((f4[:, ::1], f4[::1], i8[::1], i4[::1]))(f4[:, ::1], f4[:, ::1], f4[::1], i8)")
def _found(vectors: Cosines, cosines: Cosines, mass: Vector, most: int) -> tuple[Cosines, Vector, Places, Rows]:
    """Unit centroids float32[m, d] with their shares float32[m]; places of the items from the strongest down int64[n],
    and the group of each int32[n], -1 = none.
    """
    groups, group_of = _grouped(cosines, mass, most)
    centroids, shares = _centres(vectors, mass, group_of, groups)
    return centroids, shares, best_of(mass, len(mass)), group_of
