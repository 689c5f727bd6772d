"""Upwell without each part in turn: what the part adds is what its absence costs.

A part may be candidates, features, a step of the list's building, or several of these that make no sense alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from streams.core.business import BusinessRules
from streams.core.candidates.base import Floats
from streams.core.experiments.worlds import silenced
from streams.core.features import COLUMN, COMPANY_FEATURES
from streams.core.ranking import HandSetRanker, Ranker
from streams.core.recommend import World
from streams.core.segments import Segments
from streams.core.tuning import Tuning


@dataclass(frozen=True, slots=True)
class Part:
    """What is taken away: candidates of `sources`, `features` by name (blank: the same for every candidate), and what
    `tuning` switches off; the `business` rules; or another `ranker`.
    """

    sources: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    tuning: Callable[[Tuning], Tuning] = lambda tuning: tuning
    ranker: Ranker | None = None
    business: bool = False


_MANY = 10**6

PARTS: Final[Mapping[str, Part]] = {
    "content": Part(
        ("interest", "fresh"), ("interest", "content_max", "content_mean", "content_met", "disliked", "new_fit")
    ),
    "neighbours": Part(("neighbours",), ("neighbours",)),
    "next-after": Part(("next_after",), ("next_after",)),
    "trending": Part(("trending", "trending_tag"), ("trend", "trend_log")),
    "trending-tag": Part(("trending_tag",)),
    "popularity": Part(("popular",), ("popularity", "all_time", "popularity_log", "lasting_log")),
    "fresh": Part(("fresh",), ("new_fit", "newness")),
    "exploration": Part(("exploration",), (), lambda tuning: replace(tuning, explore_places=0, cold_lift=0.0)),
    "labels": Part((), ("tags", "creator", "language")),
    "language": Part((), ("language",)),
    "era": Part((), ("era",)),
    "words": Part(("kin",), ("words_mean", "words_max", "kinship")),
    "kin": Part(("kin",), ("kinship",)),
    "numbers": Part((), ("numbers",)),
    "stages": Part((), ("stage_lift",)),
    "hours": Part((), ("hour_lift",)),
    "surfaces": Part((), ("surface_lift",)),
    "ages": Part((), ("known_for", "idle_for")),
    "company": Part((), COMPANY_FEATURES),
    "learning": Part(ranker=HandSetRanker()),
    "dislikes": Part((), ("disliked",)),
    "interests": Part((), (), lambda tuning: replace(tuning, interests=1)),
    "diversity": Part((), (), lambda tuning: replace(tuning, diversity=0.0)),
    "rules": Part(business=True),
    "caps": Part((), (), lambda tuning: replace(tuning, cap_per_tag=_MANY, cap_per_creator=_MANY)),
}


def without(part: Part, world: World) -> World:
    """The world with the part missing; catalogue and statistics are the same objects."""
    sources = silenced(world.sources, part.sources)
    ranker = part.ranker or world.ranker
    if part.features:
        ranker = Blind(ranker, part.features)
    business = BusinessRules() if part.business else world.business
    return replace(world, tuning=part.tuning(world.tuning), ranker=ranker, business=business, sources=sources)


class Blind:
    """A ranker that is not told some features."""

    def __init__(self, ranker: Ranker, features: Sequence[str]) -> None:
        self._ranker = ranker
        self._columns = [COLUMN[name] for name in features]

    @property
    def version(self) -> str:
        return f"{self._ranker.version}-blind"

    def contributions(self, features: Floats, lists: Segments) -> Floats:
        seen = features.copy(order="F")
        seen[:, self._columns] = 0
        return self._ranker.contributions(seen, lists)
