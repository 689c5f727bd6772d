"""Could the variants of an experiment make different lists for this user and request?

A list on which they could not is no exposure: counting it would only water the difference down. The question is asked
of the experiment and not of the user's own variant, so the answer is the same whichever variant the user has, and what
is counted stays a fair comparison (Deng et al., "Trustworthy Analysis of Online A/B Tests", WSDM 2017, on triggering).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from streams.core.caps import scaled_cap
from streams.core.drafts import KEEP_FROM
from streams.core.experiments.definition import TUNED, Changes, Experiment
from streams.core.profile import Profile
from streams.core.recommend import Ask, World

PERSONAL: Final = frozenset({"interest", "neighbours", "next_after", "kin", "trending_tag"})
"""Sources that propose nothing to a user who has not liked anything."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One list that is about to be made. `learned`: the ranker has learned something; `versions`: the encoder versions
    of which every vector is there.
    """

    profile: Profile
    ask: Ask
    world: World
    learned: bool
    versions: Collection[str]

    @property
    def places(self) -> int:
        usual = self.world.tuning.list_size
        return usual if self.ask.places is None else self.ask.places


def could_differ(experiment: Experiment, occasion: Occasion) -> bool:
    """Whether any of what the variants vary matters here. True where that is not known without making the lists."""
    version = occasion.world.catalogue.encoder_version
    wanted = {one.set.encoder_version or version for one in experiment.variant}
    if len(wanted) > 1 and not wanted <= {*occasion.versions, version}:
        return False  # one variant cannot be served now, so there is nothing to compare
    sets = [one.set for one in experiment.variant]
    return any(_MATTERS[field](sets, field, occasion) for field in experiment.varied)


_Sets = list[Changes]
_Question = Callable[[_Sets, str, Occasion], bool]


def _resolved(sets: _Sets, field: str, occasion: Occasion) -> set[int | float]:
    usual = getattr(occasion.world.tuning, field)
    return {usual if (value := getattr(one, field)) is None else value for one in sets}


def _tuned(sets: _Sets, field: str, occasion: Occasion) -> bool:
    return len(_resolved(sets, field, occasion)) > 1


def _diversity(sets: _Sets, field: str, occasion: Occasion) -> bool:
    return occasion.places > 1 and _tuned(sets, field, occasion)  # the first place goes to the best score


def _cap(sets: _Sets, field: str, occasion: Occasion) -> bool:
    if occasion.ask.limits.tags:  # no caps where the request itself asks for tags
        return False
    usual = occasion.world.tuning.list_size
    return len({scaled_cap(int(cap), occasion.places, usual) for cap in _resolved(sets, field, occasion)}) > 1


def _kept(sets: _Sets, field: str, occasion: Occasion) -> bool:
    return occasion.places >= KEEP_FROM and _tuned(sets, field, occasion)


def _ranker(sets: _Sets, _: str, occasion: Occasion) -> bool:
    weights = [one.feature_weights for one in sets]
    # Before its first lesson the learned ranker ranks by the hand-set weights.
    return occasion.learned or any(one != weights[0] for one in weights)


def _sources(sets: _Sets, field: str, occasion: Occasion) -> bool:
    silenced = [{*getattr(one, field)} for one in sets]
    contested = set.union(*silenced) - set.intersection(*silenced)
    return not contested <= PERSONAL or any(act.positive for act in occasion.profile.acts)


def _rules(sets: _Sets, _: str, occasion: Occasion) -> bool:
    standing = occasion.world.business.on(occasion.ask.surface, occasion.ask.made_at)
    holding = frozenset() if standing is None else frozenset(one.rule.name for one in standing.rules)
    left = {frozenset() if one.business_rules is False else holding - {*one.without_rules} for one in sets}
    return len(left) > 1


def _version(sets: _Sets, _: str, occasion: Occasion) -> bool:
    return len({one.encoder_version or occasion.world.catalogue.encoder_version for one in sets}) > 1


_MATTERS: Final[Mapping[str, _Question]] = MappingProxyType(
    dict.fromkeys(TUNED, _tuned)
    | {
        "diversity": _diversity,
        "cap_per_tag": _cap,
        "cap_per_creator": _cap,
        "explore_places": _kept,
        "fresh_places": _kept,
        "ranker": _ranker,
        "feature_weights": _ranker,
        "without_sources": _sources,
        "business_rules": _rules,
        "without_rules": _rules,
        "encoder_version": _version,
    }
)
