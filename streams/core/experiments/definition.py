"""What an experiment is: the tables of the TOML file, and which files are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Final, Literal

import msgspec

from streams.core.candidates.registry import SOURCE_NAMES
from streams.core.features import FEATURES
from streams.core.hashing import digest

MOST_EXPERIMENTS: Final = 8
MOST_VARIANTS: Final = 6
PLANNED_ACTS: Final = 2_000

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_SAME: Final = {"feature_weights": "ranker", "without_rules": "business_rules"}  # what really varies


class ExperimentsError(ValueError):
    """A file of experiments that cannot be used; the message names the experiment and what to mend."""


class Kind(StrEnum):
    """How variants meet users."""

    SPLIT = "split"  # each user gets the lists of one variant
    INTERLEAVE = "interleave"  # each list is made of the lists of both variants


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a variant does otherwise than the settings; None, or empty, leaves them. Names are those of `Tuning`."""

    ranker: Literal["learned", "hand-set"] | None = None
    feature_weights: dict[str, float] = {}  # of the hand-set ranker, in place of its own for these features
    without_sources: tuple[str, ...] = ()
    diversity: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    cap_per_tag: Annotated[int, msgspec.Meta(ge=1)] | None = None
    cap_of_taste: Annotated[float, msgspec.Meta(ge=0)] | None = None
    cap_per_creator: Annotated[int, msgspec.Meta(ge=1)] | None = None
    explore_places: Annotated[int, msgspec.Meta(ge=0)] | None = None
    fresh_places: Annotated[int, msgspec.Meta(ge=0)] | None = None
    cold_lift: Annotated[float, msgspec.Meta(ge=0, le=10)] | None = None
    source_candidates: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    leader_candidates: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    business_rules: bool | None = None
    without_rules: tuple[str, ...] = ()
    encoder_version: str | None = None

    @property
    def key(self) -> bytes:
        """Equal for equal changes."""
        return b"" if self is NOTHING else msgspec.json.encode(self, order="deterministic")


NOTHING: Final = Changes()
TUNED: Final = (
    "diversity",
    "cap_per_tag",
    "cap_of_taste",
    "cap_per_creator",
    "explore_places",
    "fresh_places",
    "cold_lift",
    "source_candidates",
    "leader_candidates",
)
"""The changes that are numbers of `Tuning`, each under its name there: one that is added here and above can vary."""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One variant; users are dealt out in proportion to `weight`. The first variant of an experiment is its control."""

    name: str
    weight: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 1.0
    set: Changes = NOTHING


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One experiment, on `share` of the users and on the named surfaces (none named: on all).

    Another `salt` deals the users out anew. Intervals are tightest about `planned_acts` scored acts.
    """

    name: str
    variant: tuple[Variant, ...]
    kind: Kind = Kind.SPLIT
    salt: str = ""
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    surfaces: tuple[str, ...] = ()
    planned_acts: Annotated[int, msgspec.Meta(ge=100)] = PLANNED_ACTS

    @property
    def edition(self) -> str:
        """Names what is being compared. Counts of one edition belong together: who is dealt which variant, and what
        that does, is the same throughout; only the share may grow or shrink meanwhile.
        """
        variants = [(one.name, f"{one.weight:g}", one.set.key.decode()) for one in self.variant]
        told = [part for variant in variants for part in variant]
        return digest(self.name, self.kind, self.salt, self.planned_acts, *sorted(self.surfaces), None, *told)[:8]

    @property
    def varied(self) -> frozenset[str]:
        """The fields of Changes in which the variants differ."""
        fields = Changes.__struct_fields__
        return frozenset(f for f in fields if any(getattr(v.set, f) != getattr(self.control.set, f) for v in self.rest))

    @property
    def touched(self) -> frozenset[str]:
        """The fields of Changes that any variant sets."""
        fields = Changes.__struct_fields__
        return frozenset(f for f in fields if any(getattr(v.set, f) != getattr(NOTHING, f) for v in self.variant))

    @property
    def control(self) -> Variant:
        return self.variant[0]

    @property
    def rest(self) -> tuple[Variant, ...]:
        """The variants that are compared with the control."""
        return self.variant[1:]

    def on(self, surface: str) -> bool:
        return not self.surfaces or surface in self.surfaces


class ExperimentsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole TOML file: `[[experiment]]` tables, each with its `[[experiment.variant]]` tables."""

    experiment: tuple[Experiment, ...] = ()


def read_experiments(text: str) -> tuple[Experiment, ...]:
    """The experiments of a TOML file's text. Raises ExperimentsError."""
    try:
        experiments = msgspec.toml.decode(text, type=ExperimentsFile).experiment
    except msgspec.DecodeError as error:  # ValidationError is one
        raise ExperimentsError(f"{error}; see docs/experiments.md for an example") from error
    check(experiments)
    return experiments


def check(experiments: Sequence[Experiment]) -> None:
    """Raises ExperimentsError for experiments that cannot be run, or not beside each other."""
    if len(experiments) > MOST_EXPERIMENTS:
        raise ExperimentsError(f"{len(experiments)} experiments: at most {MOST_EXPERIMENTS} can run at a time")
    if twice := _twice(one.name for one in experiments):
        raise ExperimentsError(f"two experiments are called {twice!r}: counts are kept by name")
    for one in experiments:
        if problem := _problem(one):
            raise ExperimentsError(f"experiment {one.name!r}: {problem}")
    for one, other in combinations(experiments, 2):
        if problem := _clash(one, other):
            raise ExperimentsError(f"experiments {one.name!r} and {other.name!r} {problem}")


def _problem(experiment: Experiment) -> str:
    names = [one.name for one in experiment.variant]
    if odd := next((name for name in (experiment.name, *names) if not _NAME.fullmatch(name)), None):
        return f"the name {odd!r} is none: use up to 40 of a-z, 0-9, '-', '_' and '.'"
    if not 2 <= len(names) <= MOST_VARIANTS:
        return f"it has {len(names)} variants; from 2 to {MOST_VARIANTS} can be compared"
    if twice := _twice(names):
        return f"two variants are called {twice!r}"
    for one, other in combinations(experiment.variant, 2):
        if one.set == other.set:
            return f"the variants {one.name!r} and {other.name!r} set the same, so nothing could be learned"
    odd_ones = (f"variant {v.name!r}: {said}" for v in experiment.variant if (said := _odd_changes(v.set)))
    return next(odd_ones, "") or _not_interleaved(experiment)


def _not_interleaved(experiment: Experiment) -> str:
    """Why lists cannot be interleaved, where that is asked for."""
    if experiment.kind is not Kind.INTERLEAVE:
        return ""
    if len(experiment.variant) != 2 or len({one.weight for one in experiment.variant}) > 1:
        return "an interleaved list is made of exactly two variants of equal weight"
    if "encoder_version" in experiment.touched:
        return "no list is made from the vectors of two encoder versions, so they cannot be interleaved; split users"
    return ""


def _odd_changes(changes: Changes) -> str:
    if unknown := sorted({*changes.without_sources} - {*SOURCE_NAMES}):
        return f"there is no source {unknown[0]!r}; there are {', '.join(SOURCE_NAMES)}"
    if {*changes.without_sources} == {*SOURCE_NAMES}:
        return "it leaves no source"
    if unknown := sorted(changes.feature_weights.keys() - {*FEATURES}):
        return f"there is no feature {unknown[0]!r}; there are {', '.join(FEATURES)}"
    if changes.feature_weights and changes.ranker != "hand-set":
        return '`feature_weights` are those of `ranker = "hand-set"`; the learned ranker finds its own'
    if changes.without_rules and changes.business_rules is False:
        return "`business_rules = false` leaves none, so `without_rules` has nothing to name"
    return ""


def _clash(one: Experiment, other: Experiment) -> str:
    """Why two experiments may not run beside each other; "" when they may: then each is noise to the other."""
    meet = not one.surfaces or not other.surfaces or {*one.surfaces} & {*other.surfaces}
    if not meet:
        return ""
    if one.kind is Kind.INTERLEAVE and other.kind is Kind.INTERLEAVE:
        return "interleave the same lists; give them different surfaces, or run one after the other"
    both = {_SAME.get(name, name) for name in one.touched} & {_SAME.get(name, name) for name in other.touched}
    return f"both set {min(both)}; give them different surfaces, or run one after the other" if both else ""


def _twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
