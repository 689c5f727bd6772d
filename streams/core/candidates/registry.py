"""Every candidate source. A new one is a file beside this and a line here."""

from __future__ import annotations

from typing import Final

from streams.core.candidates.base import Source
from streams.core.candidates.exploration import ExplorationSource
from streams.core.candidates.fresh import FreshSource
from streams.core.candidates.interest import InterestSource
from streams.core.candidates.kin import KinSource
from streams.core.candidates.neighbours import NeighbourSource
from streams.core.candidates.next_after import NextAfterSource
from streams.core.candidates.popular import PopularSource
from streams.core.candidates.trending import TrendingSource
from streams.core.candidates.trending_tag import TrendingTagSource
from streams.events import NewsKind

SOURCES: Final[tuple[Source, ...]] = (
    InterestSource(),
    NeighbourSource(),
    NextAfterSource(),
    KinSource(),
    TrendingSource(),
    TrendingTagSource(),
    PopularSource(),
    FreshSource(),
    ExplorationSource(),
)
SOURCE_NAMES: Final[tuple[str, ...]] = tuple(source.name for source in SOURCES)
BACKFILL: Final = "backfill"
"""Named as source of an item that only filled an otherwise short list."""
PINNED: Final = "pinned"
"""Named as source of an item that a business rule put at its place."""
PUSHED: Final = {NewsKind.NEW: "pushed_new", NewsKind.HOT: "pushed_hot"}
"""Named as source of the item whose news a pushed list was made for."""
