"""How close candidates lie to what their users want and liked, by content alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.best import best_of
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.neighbours import met_by
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.vector_table import NO_SLOT

LIKED_COMPARED = 5  # newest liked items that candidates are compared with one by one
DISLIKED_COMPARED = 3
MET_COMPARED = 50  # strongest items met with the likes, whose mean stands for them
FITS = 5  # interest, content_max, content_mean, disliked, content_met: see features.py


def content_fit(pools: Pools, contexts: Sequence[Context], fits: Floats) -> None:
    """Fill `fits` float32[FITS, n]: the fit of every candidate to its own user; 0 where there is nothing to compare."""
    vectors, slots = contexts[0].catalogue.vector_slots()
    for part, context, met in zip(pools.lists.slices, contexts, met_by(contexts), strict=True):
        taste = context.taste
        liked, disliked = taste.vectors[:LIKED_COMPARED], taste.disliked_vectors[:DISLIKED_COMPARED]
        told = (context.centroids, liked, disliked, _middle(vectors, slots, met.rows, met.sums))
        sizes = np.array([len(one) for one in told])
        strength = taste.strength[:LIKED_COMPARED]
        _fit(vectors, slots, pools.rows[part], np.concatenate(told), sizes, strength, fits, part.start)


def _middle(vectors: Floats, slots: Rows, rows: Rows, sums: Floats) -> Floats:
    """float32[1, d]: the direction of what others liked together with the user's likes; float32[0, d] without any.

    A query widened by what it finds finds more of its kind (Rocchio, "Relevance feedback in information retrieval",
    1971): two likes say little of a taste, but many have walked on from them.
    """
    strongest = best_of(sums, MET_COMPARED)
    at = slots[rows[strongest]]
    here = at != NO_SLOT
    middle: Floats = sums[strongest][here] @ vectors[at[here]]
    length = float(np.sqrt(middle @ middle))
    return middle[None] / np.float32(length) if length > 0 else np.zeros((0, vectors.shape[1]), dtype=np.float32)


@compiled("void(f4[:, ::1], i4[::1], i4[::1], f4[:, ::1], i8[::1], f4[::1], f4[:, ::1], i8)")
def _fit(  # noqa: PLR0917 - compiled functions take no keywords
    vectors: Floats,
    slots: Rows,
    rows: Rows,
    told: Floats,
    sizes: Places,
    strength: Floats,
    fits: Floats,
    start: int,
) -> None:
    """`told` float32[m, d]: interests, liked and disliked vectors, and the middle of what was met, as many of each as
    `sizes` says.
    """
    interests, liked = sizes[0], sizes[0] + sizes[1]
    disliked = liked + sizes[2]
    count = len(told)
    cosines = np.empty(count, np.float32)
    loudest, mass = np.float32(1), np.float32(1)
    if len(strength):
        loudest, mass = strength.max(), strength.sum()
    for at in range(len(rows)):
        slot = slots[rows[at]]
        if slot == NO_SLOT:
            fits[:, start + at] = 0
            continue
        vector = vectors[slot]
        one = 0
        while one + 4 <= count:  # four at a time: each number of the candidate's vector is read once for all of them
            a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for i in range(len(vector)):
                a += vector[i] * told[one, i]
                b += vector[i] * told[one + 1, i]
                c += vector[i] * told[one + 2, i]
                d += vector[i] * told[one + 3, i]
            cosines[one], cosines[one + 1], cosines[one + 2], cosines[one + 3] = a, b, c, d
            one += 4
        while one < count:
            a = np.float32(0)
            for i in range(len(vector)):
                a += vector[i] * told[one, i]
            cosines[one] = a
            one += 1
        mean = np.float32(0)
        loud = np.float32(-2)  # below every cosine
        for like in range(interests, liked):
            mean += cosines[like] * strength[like - interests]
            loud = max(loud, cosines[like] * strength[like - interests] / loudest)
        fits[0, start + at] = cosines[:interests].max() if interests else np.float32(0)
        fits[1, start + at] = loud if liked > interests else np.float32(0)
        fits[2, start + at] = mean / mass
        fits[3, start + at] = cosines[liked:disliked].max() if disliked > liked else np.float32(0)
        fits[4, start + at] = cosines[disliked] if count > disliked else np.float32(0)
