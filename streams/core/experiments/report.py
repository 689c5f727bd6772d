"""What an experiment shows, in numbers and in a plain line."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from streams.core.experiments import confidence, mismatch
from streams.core.experiments.confidence import Interval, mean_of
from streams.core.experiments.definition import Kind
from streams.events import ExperimentCounts, VariantCounts

DIGITS = 4


class Verdict(StrEnum):
    """What may be said of a variant beside the control."""

    CONTROL = "control"
    TOO_EARLY = "too early"
    NO_DIFFERENCE = "no difference shown"
    BETTER = "better"
    WORSE = "worse"
    MISMATCH = "not to be trusted"


class Compared(msgspec.Struct, frozen=True):
    """A difference to the control with its confidence sequence; None while there is too little to give one."""

    difference: float
    low: float | None
    high: float | None


class VariantReport(msgspec.Struct, frozen=True):
    """One variant. Rates are shares of its scored acts, 0 to 1; None before any. In an interleaved experiment the hits
    are those on the variant's own places, on lists and acts that both variants share.
    """

    name: str
    weight: float
    users: int
    exposures: int
    acts: int
    hit_rate_at_10: float | None
    ndcg_at_10: float | None
    popularity_hit_rate_at_10: float | None
    cold_hit_rate_at_10: float | None
    hits_by_source: dict[str, int]
    verdict: Verdict
    hits_against_control: Compared | None = None
    ndcg_against_control: Compared | None = None


class ExperimentReport(msgspec.Struct, frozen=True):
    """One edition of an experiment. `mismatch_p`: how surprising the numbers of users are under the weights (None
    where users are not split); below 0.001 nothing else should be believed. Intervals hold at `level` however often
    they are looked at, all variants of the experiment together.
    """

    experiment: str
    edition: str
    kind: str
    running: bool
    since: float | None
    users: int
    level: float
    mismatch_p: float | None
    mismatch: bool
    variants: tuple[VariantReport, ...]
    verdict: str


def report(counts: ExperimentCounts, *, running: bool) -> ExperimentReport:
    """Of what all partitions have counted together."""
    named = counts.variants
    control_name = next(iter(counts.weights))
    interleaved = counts.kind == Kind.INTERLEAVE
    users = [named[name].users for name in counts.weights]
    whole = sum(counts.weights.values())
    p = None if interleaved else mismatch.surprise(users, [weight / whole for weight in counts.weights.values()])
    broken = p is not None and p < mismatch.LEVEL
    level = confidence.LEVEL / (len(named) - 1)  # of all comparisons together (Bonferroni)

    def compared(name: str, metric: str) -> Interval:
        if counts.paired is not None:
            return confidence.within(mean_of(counts.paired, metric), counts.planned_acts, level)
        one, control = (mean_of(named[which], metric) for which in (name, control_name))
        return confidence.difference(one, control, counts.planned_acts, level)

    variants = []
    for name, weight in counts.weights.items():
        if name == control_name:
            variants.append(_variant(name, weight, named[name], Verdict.CONTROL))
            continue
        hits, ndcg = compared(name, "hits"), compared(name, "ndcg")
        verdict = Verdict.MISMATCH if broken else _verdict(hits)
        variants.append(_variant(name, weight, named[name], verdict, hits, ndcg))
    return ExperimentReport(
        experiment=counts.experiment,
        edition=counts.edition,
        kind=counts.kind,
        running=running,
        since=counts.since or None,
        users=max(users) if interleaved else sum(users),
        level=confidence.LEVEL,
        mismatch_p=None if p is None else round(p, 6),
        mismatch=broken,
        variants=tuple(variants),
        verdict=_plain(counts, variants, users, broken),
    )


def _variant(name: str, weight: float, of: VariantCounts, verdict: Verdict, *intervals: Interval) -> VariantReport:
    hits, ndcg = intervals or (None, None)
    return VariantReport(
        name=name,
        weight=weight,
        users=of.users,
        exposures=of.lists,
        acts=of.acts,
        hit_rate_at_10=_share(of.hits, of.acts),
        ndcg_at_10=_share(of.ndcg, of.acts),
        popularity_hit_rate_at_10=_share(of.popularity_hits, of.acts),
        cold_hit_rate_at_10=_share(of.cold_hits, of.cold_acts),
        hits_by_source=dict(sorted(of.hits_by_source.items())),
        verdict=verdict,
        hits_against_control=None if hits is None else _rounded(hits),
        ndcg_against_control=None if ndcg is None else _rounded(ndcg),
    )


def _verdict(hits: Interval) -> Verdict:
    if hits.low is None:
        return Verdict.TOO_EARLY
    if not hits.excludes_zero:
        return Verdict.NO_DIFFERENCE
    return Verdict.BETTER if hits.low > 0 else Verdict.WORSE


def _plain(counts: ExperimentCounts, variants: list[VariantReport], users: list[int], broken: bool) -> str:
    """The verdict as a person would say it; it rests on the hit rate."""
    control = variants[0].name
    if broken:
        dealt = ", ".join(f"{one.name} {one.users}" for one in variants)
        meant = " : ".join(f"{weight:g}" for weight in counts.weights.values())
        return f"do not trust it: users are dealt {dealt} where {meant} was meant; find out what loses them"
    if not max(users):
        return "nobody was exposed yet"
    return "; ".join(_sentence(one, control, counts) for one in variants[1:])


def _sentence(one: VariantReport, control: str, counts: ExperimentCounts) -> str:
    against = one.hits_against_control
    if against is None or against.low is None or against.high is None:
        sides = [counts.variants[name] for name in (one.name, control)] if counts.paired is None else [counts.paired]
        fewest = min(mean_of(side, "hits").users for side in sides)
        if fewest < confidence.FEWEST_USERS:
            return (
                f"too early for {one.name} against {control}: the acts so far tell as much as {fewest:.0f} users who "
                f"act alike{'' if len(sides) == 1 else ' on a side'}, and {confidence.FEWEST_USERS:.0f} are needed"
            )
        return f"too early for {one.name} against {control}: there is nothing but hits, or none"
    between = f"{points(against.low)} to {points(against.high)} points of hit rate"
    if one.verdict is Verdict.NO_DIFFERENCE:
        return f"no difference shown between {one.name} and {control}: it is {between}"
    return f"{one.name} is {one.verdict.value} than {control}: by {points(against.difference)} ({between})"


def points(share: float) -> str:
    """A difference of rates in percentage points, signed."""
    return f"{100 * share:+.1f}"


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None


def _rounded(of: Interval) -> Compared:
    low, high = (None if one is None else round(one, DIGITS + 1) for one in (of.low, of.high))
    return Compared(round(of.difference, DIGITS + 1), low, high)
