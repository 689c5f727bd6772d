"""What a ranker is told about each candidate: one named column per feature, the same for every ranker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.core.affinity import affinities
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.candidates.registry import SOURCE_NAMES
from streams.core.company import COMPANY, company
from streams.core.compiled import compiled
from streams.core.content_fit import FITS, content_fit
from streams.core.counted import COUNTED, HALF_LIVES, counted
from streams.core.era import eras
from streams.core.hashing import ITEM_HASH_BYTES
from streams.core.histories import Histories
from streams.core.kinship import kinship
from streams.core.numbers import closeness
from streams.core.segments import Places
from streams.core.tuning import DAY_S
from streams.core.wording import WORDINGS, wording

# How a candidate is met with the user's likes (company.py): with the whole history, the same by cosine, with the
# newest few, with the newest.
COMPANY_FEATURES: Final = tuple(
    f"{met}_{window}" for met in ("after", "with") for window in ("all", "cosine", "few", "last")
)
FEATURES: Final = (
    # the five of content_fit.py, in its order
    "interest",  # best cosine to an interest
    "content_max",  # best cosine to a liked item, weighed by how strongly and lately it was liked
    "content_mean",  # mean cosine to the liked items, weighed alike
    "disliked",  # best cosine to a disliked item
    "content_met",  # cosine to the middle of what others liked together with the liked items
    "neighbours",  # root of the co-engagement score
    "next_after",  # root of the transition score
    "popularity",  # log of the decayed weight, long half-life
    "trend",  # log of the decayed weight, short half-life
    "all_time",  # log of positive acts ever
    "tags",  # affinity to the item's tags
    "creator",  # affinity to its creator
    "language",  # affinity to its language
    "new_fit",  # newness times how much closer than the average candidate it is to an interest
    "newness",  # 1 when published now, half after a week
    "shown",  # how often this user was shown it lately
    "untried",  # 1 when fewer than UNTRIED_BELOW positive acts
    *HALF_LIVES,  # log of the decayed weight beside the highest there was, the shortest half-life first
    "stage_lift",  # how much likelier users who liked as many items are to like it than others are, as a log
    "hour_lift",  # how much likelier it is to be liked in this part of the week than others are, as a log
    "surface_lift",  # how much likelier it is to be liked on this surface than others are, as a log
    "known_for",  # log of the time since it was first liked
    "idle_for",  # log of the time since anything was done with it
    "era",  # closeness of its date of publication to those of the liked items
    "numbers",  # closeness of the numbers among its attributes to those of the liked items
    # how much it shares of the words the liked items go by (wording.py)
    "words_mean",
    "words_max",
    "kinship",  # the company of those it shares rare words with (kinship.py)
    *COMPANY_FEATURES,
    "novice",  # the same for all candidates of a list: 1 for a user who liked nothing yet, 0 with a full history
)
COLUMN: Final = {name: at for at, name in enumerate(FEATURES)}
_COUNTED: Final = np.array([COLUMN[name] for name in COUNTED])
NEWNESS_HALF_LIFE_S = 7 * DAY_S
_NEIGHBOURS = SOURCE_NAMES.index("neighbours")
_NEXT_AFTER = SOURCE_NAMES.index("next_after")
ITEM_HASH_BITS = 8 * ITEM_HASH_BYTES


def features_of(pools: Pools, contexts: Sequence[Context]) -> Floats:
    """float32[n, len(FEATURES)] of live candidates, each feature lying together (Fortran order)."""
    context, histories, lists = contexts[0], Histories.of(contexts), pools.lists
    catalogue, now = context.catalogue, context.now
    table = np.zeros((len(FEATURES), len(pools.rows)), dtype=np.float32)

    def put(name: str, values: NDArray[np.floating | np.integer | np.bool_]) -> None:
        table[COLUMN[name]] = values

    content_fit(pools, histories, contexts, table[:FITS])
    np.sqrt(pools.scores[:, _NEIGHBOURS], out=table[COLUMN["neighbours"]])
    np.sqrt(pools.scores[:, _NEXT_AFTER], out=table[COLUMN["next_after"]])
    counted(pools, histories, contexts, _COUNTED, table)
    for name, affinity in zip(("tags", "creator", "language"), affinities(pools, histories, catalogue), strict=True):
        put(name, affinity)
    published = catalogue.published(pools.rows)
    _novelty(published, now, lists.sizes, table[COLUMN["interest"]], table[COLUMN["new_fit"] :][:2])
    put("era", eras(pools, published, histories, context))
    put("numbers", closeness(pools, histories, catalogue))
    wording(pools, histories, catalogue, table[COLUMN["words_mean"] :][:WORDINGS])
    put("kinship", kinship(pools, histories, context))
    company(pools, histories, context, table[COLUMN[COMPANY_FEATURES[0]] :][:COMPANY])
    full = math.log1p(context.tuning.history_size)
    novice = [max(0.0, 1 - math.log1p(likes) / full) for likes in histories.likes.tolist()]
    put("novice", np.repeat(np.array(novice, dtype=np.float32), lists.sizes))
    put("shown", _shown(catalogue.hashes(pools.rows), lists.list_of, contexts))
    return table.T


@compiled("void(f8[::1], f8, i8[::1], f4[::1], f4[:, ::1])")
def _novelty(published: NDArray[np.float64], now: float, sizes: Places, interest: Floats, found: Floats) -> None:
    """Fill `found` float32[2, n]: new_fit and newness, from when the candidates were published (Unix s)."""
    start = 0
    for size in sizes:
        usual = interest[start : start + size].sum() / max(size, 1)
        for at in range(start, start + size):
            newness = np.exp2(np.float32(min(0.0, (published[at] - now) / NEWNESS_HALF_LIFE_S)))
            found[0, at], found[1, at] = newness * max(np.float32(0), interest[at] - np.float32(usual)), newness
        start += size


def _shown(hashes: NDArray[np.uint32], list_of: Places, contexts: Sequence[Context]) -> NDArray[np.int64]:
    """int[n]: how often each candidate's user was shown it lately."""
    seen = np.array(
        [
            at << ITEM_HASH_BITS | shown.item
            for at, context in enumerate(contexts)
            for shown in context.profile.exposures
        ],
        dtype=np.int64,
    )
    if not len(seen):
        return np.zeros(len(hashes), dtype=np.int64)
    shown, times = np.unique(seen, return_counts=True)
    wanted = list_of << ITEM_HASH_BITS | hashes
    at = shown.searchsorted(wanted).clip(max=len(shown) - 1)
    return np.where(shown[at] == wanted, times[at], 0)
