"""What is counted of an experiment: sums that add up over partitions, and what they need to know of each user.

The unit is the user. A user's acts go together, so acts are no independent observations; sums of the squares of what
each user did let the spread over users be computed without keeping users beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import asdict, replace

from streams.core.experiments.definition import Experiment, Kind
from streams.events import ExperimentCounts, Exposure, VariantCounts

PLACES: Final = 10
PAIRED: Final = ""
"""Under this name a user's credits for the second variant less those for the first are kept."""


class UserSums(msgspec.Struct, frozen=True, array_like=True):
    """What one user did under one variant."""

    acts: int = 0
    hits: float = 0.0
    ndcg: float = 0.0


class Scored(NamedTuple):
    """One positive act against a list: `hit` and `ndcg` in [0, 1], the `source` of the place ("" = no hit), whether
    plain popularity would have had it, whether the item is cold.
    """

    hit: float
    ndcg: float
    source: str
    popularity_hit: bool
    cold: bool


MISSED: Final = Scored(0.0, 0.0, "", popularity_hit=False, cold=False)
Users = Mapping[str, UserSums]
"""One user's sums by variant; a user who was exposed has at least one."""


def begun(experiment: Experiment, partition: int, now: float) -> ExperimentCounts:
    """Nothing counted yet."""
    return ExperimentCounts(
        experiment=experiment.name,
        edition=experiment.edition,
        kind=experiment.kind,
        partition=partition,
        weights={one.name: one.weight for one in experiment.variant},
        planned_acts=experiment.planned_acts,
        since=now,
        variants={one.name: VariantCounts() for one in experiment.variant},
        paired=VariantCounts() if experiment.kind is Kind.INTERLEAVE else None,
    )


def exposed(counts: ExperimentCounts, exposure: Exposure, known: Users) -> tuple[ExperimentCounts, dict[str, UserSums]]:
    """A list went out; `known` are the user's sums, empty before the first. An interleaved list is one of both."""
    named = [*counts.variants] if exposure.teams else [exposure.variant]
    variants = dict(counts.variants)
    for name in named:
        of = variants[name]
        variants[name] = replace(of, lists=of.lists + 1, users=of.users + (not known))
    sums = dict(known) or {name: UserSums() for name in ([*named, PAIRED] if exposure.teams else named)}
    return replace(counts, variants=variants), sums


def scored(
    counts: ExperimentCounts, exposure: Exposure, rank: int, act: Scored, known: Users
) -> tuple[ExperimentCounts, dict[str, UserSums]]:
    """A positive act came after an exposure; its item stood at `rank` from 1, 0 = nowhere."""
    if not known:  # the list's own counting was lost in a crash
        counts, known = exposed(counts, exposure, known)
    sums, variants = dict(known), dict(counts.variants)
    if not exposure.teams:
        name = exposure.variant
        variants[name], sums[name] = _added(variants[name], act, sums.get(name, UserSums()))
        return replace(counts, variants=variants), sums
    team = exposure.teams[rank - 1] if 0 < rank <= len(exposure.teams) else None
    first, second = variants
    for name in (first, second):
        credited = act if name == team else act._replace(hit=0.0, ndcg=0.0, source="")
        variants[name], sums[name] = _added(variants[name], credited, sums.get(name, UserSums()))
    sign = {first: -1.0, second: 1.0}.get(team or "", 0.0)
    credit = act._replace(hit=sign * act.hit, ndcg=sign * act.ndcg, source="")
    paired, sums[PAIRED] = _added(counts.paired or VariantCounts(), credit, sums.get(PAIRED, UserSums()))
    return replace(counts, variants=variants, paired=paired), sums


def _added(of: VariantCounts, act: Scored, user: UserSums) -> tuple[VariantCounts, UserSums]:
    after = UserSums(user.acts + 1, user.hits + act.hit, user.ndcg + act.ndcg)
    by_source = of.hits_by_source
    if act.source:
        by_source = {**by_source, act.source: by_source.get(act.source, 0) + 1}
    return replace(
        of,
        active=of.active + (user.acts == 0),
        acts=of.acts + 1,
        acts_squared=of.acts_squared + after.acts**2 - user.acts**2,
        hits=of.hits + act.hit,
        hits_squared=of.hits_squared + after.hits**2 - user.hits**2,
        hits_acts=of.hits_acts + after.hits * after.acts - user.hits * user.acts,
        ndcg=of.ndcg + act.ndcg,
        ndcg_squared=of.ndcg_squared + after.ndcg**2 - user.ndcg**2,
        ndcg_acts=of.ndcg_acts + after.ndcg * after.acts - user.ndcg * user.acts,
        popularity_hits=of.popularity_hits + act.popularity_hit,
        cold_acts=of.cold_acts + act.cold,
        cold_hits=of.cold_hits + (act.hit if act.cold else 0.0),
        hits_by_source=by_source,
    ), after


def together(parts: Sequence[ExperimentCounts]) -> ExperimentCounts:
    """Of one edition, all partitions as one. Raises IndexError for none."""
    first = parts[0]
    return replace(
        first,
        partition=-1,
        since=min(one.since for one in parts),
        variants={name: _sum(one.variants[name] for one in parts if name in one.variants) for name in first.variants},
        paired=None if first.paired is None else _sum(one.paired for one in parts if one.paired is not None),
        epoch=-1,
        offset=-1,
    )


def _sum(parts: Iterable[VariantCounts]) -> VariantCounts:
    whole = asdict(VariantCounts())
    sources: dict[str, int] = {}
    for part in parts:
        for name, value in asdict(part).items():
            if name != "hits_by_source":
                whole[name] += value
        for source, hits in part.hits_by_source.items():
            sources[source] = sources.get(source, 0) + hits
    return VariantCounts(**{**whole, "hits_by_source": sources})
