"""What a ranker is told about each candidate: one named column per feature, the same for every ranker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.core.affinity import affinities
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.exploration import UNTRIED_BELOW
from streams.core.candidates.pool import Pools
from streams.core.candidates.registry import SOURCE_NAMES
from streams.core.company import COMPANY, company
from streams.core.content_fit import FITS, content_fit
from streams.core.era import eras
from streams.core.hashing import ITEM_HASH_BYTES
from streams.core.kinship import kinship
from streams.core.numbers import closeness
from streams.core.segments import Places
from streams.core.stages import PAST_COUNTED, STAGE_OF
from streams.core.tuning import DAY_S
from streams.core.wording import WORDINGS, wording

HALF_LIVES: Final = ("trend_log", "popularity_log", "lasting_log")
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
    "new_fit",  # newness times how much closer than the average candidate it is to an interest
    "newness",  # 1 when published now, half after a week
    "shown",  # how often this user was shown it lately
    "untried",  # 1 when fewer than UNTRIED_BELOW positive acts
    *HALF_LIVES,  # log of the decayed weight beside the highest there was, the shortest half-life first
    "stage_lift",  # how much likelier users who liked as many items are to like it than others are, as a log
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
NEWNESS_HALF_LIFE_S = 7 * DAY_S
_NEIGHBOURS = SOURCE_NAMES.index("neighbours")
_NEXT_AFTER = SOURCE_NAMES.index("next_after")
ITEM_HASH_BITS = 8 * ITEM_HASH_BYTES


def features_of(pools: Pools, contexts: Sequence[Context]) -> Floats:
    """float32[n, len(FEATURES)] of live candidates, each feature lying together (Fortran order)."""
    catalogue, view, now = contexts[0].catalogue, contexts[0].statistics, contexts[0].now
    rows, lists = pools.rows, pools.lists
    table = np.zeros((len(FEATURES), len(rows)), dtype=np.float32)

    def put(name: str, values: NDArray[np.floating | np.integer | np.bool_]) -> None:
        table[COLUMN[name]] = values

    content_fit(pools, contexts, table[:FITS])
    put("neighbours", np.sqrt(pools.scores[:, _NEIGHBOURS]))
    put("next_after", np.sqrt(pools.scores[:, _NEXT_AFTER]))
    acts = view.acts(rows)
    put("popularity", np.log1p(view.popularity(rows, now)))
    put("trend", np.log1p(view.trend(rows, now)))
    put("all_time", np.log1p(acts))
    put("untried", acts < UNTRIED_BELOW)
    tags, creator = affinities(pools, contexts)
    put("tags", tags)
    put("creator", creator)
    newness = np.exp2(np.minimum(0.0, (catalogue.published(rows) - now) / NEWNESS_HALF_LIFE_S)).astype(np.float32)
    put("newness", newness)
    interest = table[COLUMN["interest"]]
    put("new_fit", newness * np.maximum(0, interest - lists.spread(lists.means(interest[None]))[0]))
    table[COLUMN[HALF_LIVES[0]] :][: len(HALF_LIVES)] = view.standing(rows)
    past = np.array([len(context.taste.liked) for context in contexts])
    put("stage_lift", view.stage_lift(rows, STAGE_OF[np.minimum(past, PAST_COUNTED)][lists.list_of]))
    known, idle = view.ages(rows, now)
    put("known_for", np.log1p(known / np.float32(DAY_S)))
    put("idle_for", np.log1p(idle / np.float32(DAY_S)))
    put("era", eras(pools, contexts))
    put("numbers", closeness(pools, contexts))
    wording(pools, contexts, table[COLUMN["words_mean"] :][:WORDINGS])
    put("kinship", kinship(pools, contexts))
    company(pools, contexts, table[COLUMN[COMPANY_FEATURES[0]] :][:COMPANY])
    most = contexts[0].tuning.history_size
    put("novice", np.repeat(np.maximum(0, 1 - np.log1p(past) / np.log1p(most)), lists.sizes))
    put("shown", _shown(catalogue.hashes(rows), lists.list_of, contexts))
    return table.T


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
