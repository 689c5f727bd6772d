"""How close candidates lie to what their users want and liked, by content alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools

LIKED_COMPARED = 5  # newest liked items that candidates are compared with one by one
DISLIKED_COMPARED = 3
_NOTHING = np.float32(-2.0)  # below every cosine: stands where a user has fewer vectors than there is room for


class ContentFit(NamedTuple):
    """Each float32[n]; 0 where the user has nothing to compare with."""

    interest: Floats
    content_max: Floats
    content_mean: Floats
    disliked: Floats


def content_fit(pools: Pools, contexts: Sequence[Context]) -> ContentFit:
    """The fit of every candidate to its own user (features.py says what each number is)."""
    catalogue, lists = contexts[0].catalogue, pools.lists
    interests = contexts[0].tuning.interests
    liked_end = interests + LIKED_COMPARED
    # Room for the same vectors of every user, so that what follows the products is done for all lists at once.
    cosines = np.full((liked_end + DISLIKED_COMPARED, len(pools.rows)), _NOTHING)
    loudness = np.ones((LIKED_COMPARED, len(contexts)), dtype=np.float32)
    share = np.zeros((LIKED_COMPARED, len(contexts)), dtype=np.float32)
    for at, (part, context) in enumerate(zip(lists.slices, contexts, strict=True)):
        taste, strength = context.taste, context.taste.strength[:LIKED_COMPARED]
        told = (context.centroids, taste.vectors[:LIKED_COMPARED], taste.disliked_vectors[:DISLIKED_COMPARED])
        found = (catalogue.vectors(pools.rows[part]) @ np.concatenate(told).T).T  # twice as fast as the other way round
        ends = np.cumsum([len(one) for one in told]).tolist()
        cosines[: ends[0], part] = found[: ends[0]]
        cosines[interests : interests + len(strength), part] = found[ends[0] : ends[1]]
        cosines[liked_end : liked_end + len(told[2]), part] = found[ends[1] :]
        if len(strength):
            loudness[: len(strength), at] = strength / strength.max()
            share[: len(strength), at] = strength / strength.sum()
    liked = cosines[interests:liked_end]
    loudness, share = np.repeat(loudness, lists.sizes, axis=1), np.repeat(share, lists.sizes, axis=1)
    return ContentFit(
        interest=_best(cosines[:interests]),
        content_max=_best(liked * loudness),
        content_mean=np.einsum("ij,ij->j", liked, share),
        disliked=_best(cosines[liked_end:]),
    )


def _best(cosines: Floats) -> Floats:
    best: Floats = cosines.max(axis=0)
    best[best == _NOTHING] = 0
    return best
