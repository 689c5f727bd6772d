"""What a ranker is told about each candidate: one named column per feature, the same for every ranker."""

from __future__ import annotations

from typing import Final

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.exploration import UNTRIED_BELOW
from streams.core.candidates.pool import Pool
from streams.core.candidates.registry import SOURCE_NAMES
from streams.core.catalogue import NO_TAG
from streams.core.profile import Profile
from streams.core.rows import Rows
from streams.core.scratch import Scratch
from streams.core.tuning import DAY_S
from streams.core.vector_table import Vectors

FEATURES: Final = (
    "interest",  # best cosine to an interest
    "content_max",  # best cosine to a liked item, weighed by how strongly and lately it was liked
    "content_mean",  # mean cosine to the liked items, weighed alike
    "disliked",  # best cosine to a disliked item
    "neighbours",  # root of the co-engagement score
    "next_after",  # root of the transition score
    "popularity",  # log of the decayed weight, long half-life
    "trend",  # log of the decayed weight, short half-life
    "all_time",  # log of positive acts ever
    "tags",  # affinity to the item's tags
    "creator",  # affinity to its creator
    "new_fit",  # newness times how much closer than the average candidate it is to an interest
    "newness",  # 1 when published now, half after a week
    "shown",  # how often this user was shown it lately
    "untried",  # 1 when fewer than UNTRIED_BELOW positive acts
)
COLUMN: Final = {name: at for at, name in enumerate(FEATURES)}
NEWNESS_HALF_LIFE_S = 7 * DAY_S
LIKED_COMPARED = 8  # newest liked items that candidates are compared with one by one
DISLIKED_COMPARED = 3
_NEIGHBOURS = SOURCE_NAMES.index("neighbours")
_NEXT_AFTER = SOURCE_NAMES.index("next_after")


def features_of(pool: Pool, vectors: Vectors, context: Context, profile: Profile) -> Floats:
    """float32[n, len(FEATURES)] of live candidates; `vectors` float32[n, d] are theirs."""
    catalogue, view, taste = context.catalogue, context.statistics, context.taste
    rows, now = pool.rows, context.now
    table = np.zeros((len(rows), len(FEATURES)), dtype=np.float32)

    def put(name: str, values: Floats) -> None:
        table[:, COLUMN[name]] = values

    strength = taste.strength[:LIKED_COMPARED]
    told = (context.centroids, taste.vectors[:LIKED_COMPARED], taste.disliked_vectors[:DISLIKED_COMPARED])
    cosines = vectors @ np.concatenate(told).T
    first, second = len(told[0]), len(told[0]) + len(told[1])
    interests, liked, disliked = cosines[:, :first], cosines[:, first:second], cosines[:, second:]
    if interests.shape[1]:
        put("interest", interests.max(axis=1))
    if liked.shape[1]:
        put("content_max", (liked * (strength / strength.max())).max(axis=1))
        put("content_mean", liked @ (strength / strength.sum()))
    if disliked.shape[1]:
        put("disliked", disliked.max(axis=1))
    put("neighbours", np.sqrt(pool.scores[:, _NEIGHBOURS]))
    put("next_after", np.sqrt(pool.scores[:, _NEXT_AFTER]))
    acts = view.acts(rows)
    put("popularity", np.log1p(view.popularity(rows, now)))
    put("trend", np.log1p(view.trend(rows, now)))
    put("all_time", np.log1p(acts))
    put("untried", (acts < UNTRIED_BELOW).astype(np.float32))
    if len(taste.liked):
        scratch = catalogue.scratch
        put("tags", _affinity(catalogue.tags(rows), catalogue.tags(taste.liked), taste.strength, scratch))
        creators = catalogue.creators(rows)[:, None], catalogue.creators(taste.liked)[:, None]
        put("creator", _affinity(*creators, taste.strength, scratch))
    age_s = np.maximum(0.0, now - catalogue.published(rows))
    newness = np.exp2(-age_s / NEWNESS_HALF_LIFE_S).astype(np.float32)
    put("newness", newness)
    if interests.shape[1] and len(rows):
        fit = table[:, COLUMN["interest"]]
        put("new_fit", newness * np.maximum(0, fit - fit.mean()))
    if profile.exposures:
        shown, times = np.unique(np.array([e.item for e in profile.exposures], dtype=np.uint32), return_counts=True)
        at = np.searchsorted(shown, catalogue.hashes(rows)).clip(max=len(shown) - 1)
        put("shown", np.where(shown[at] == catalogue.hashes(rows), times[at], 0).astype(np.float32))
    return table


def _affinity(candidates: Rows, liked: Rows, strength: Floats, scratch: Scratch) -> Floats:
    """float32[n]: how much of the liked mass shares each label int32[n, t] of a candidate, averaged over its labels."""
    shift = -NO_TAG  # labels from 0, where 0 stands for none
    weights = np.where(liked == NO_TAG, 0, strength[:, None]).astype(np.float32)
    mass = scratch.summed(liked.ravel() + shift, weights.ravel(), candidates.ravel() + shift)
    count = np.maximum(1, (candidates != NO_TAG).sum(axis=1))
    affinity: Floats = (mass.reshape(candidates.shape).sum(axis=1) / (count * strength.sum())).astype(np.float32)
    return affinity
