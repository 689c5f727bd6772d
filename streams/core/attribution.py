"""Which source an item owes its place to: the one whose features lifted it most, among those that proposed it."""

from __future__ import annotations

from typing import Final

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.candidates.pool import Pools
from streams.core.candidates.registry import SOURCE_NAMES
from streams.core.features import COLUMN, COMPANY_FEATURES, FEATURES
from streams.core.segments import Places

_CONTENT = ("interest", "content_max", "content_mean", "content_met", "tags", "creator", "language", "era", "numbers")
SOURCE_FEATURES: Final = {
    "interest": _CONTENT,
    "neighbours": ("neighbours", *COMPANY_FEATURES),
    "next_after": ("next_after",),
    "kin": ("kinship", "words_mean", "words_max", "creator"),
    "trending": ("trend", "trend_log"),
    "trending_tag": ("trend", "trend_log", "tags"),
    "popular": ("popularity", "popularity_log", "lasting_log", "all_time", "stage_lift", "hour_lift", "surface_lift"),
    "fresh": (*_CONTENT, "newness", "new_fit"),
    "exploration": ("untried",),
}


def _membership() -> Floats:
    table = np.zeros((len(FEATURES), len(SOURCE_NAMES)), dtype=np.float32)
    for at, source in enumerate(SOURCE_NAMES):
        for feature in SOURCE_FEATURES.get(source, ()):
            table[COLUMN[feature], at] = 1
    return table


_MEMBERSHIP: Final = _membership()


def main_sources(pools: Pools, contributions: Floats, at: Places) -> list[int]:
    """The index of the main source of each candidate of `at` int64[m] (registry order breaks ties).

    `contributions` float32[n, len(FEATURES)] as a ranker gives them, beside the pools' rows.
    """
    lift = np.where(pools.proposed[at], contributions[at] @ _MEMBERSHIP, -np.inf)
    main: list[int] = lift.argmax(axis=1).tolist()
    return main
