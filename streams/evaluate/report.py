"""The figures of a run as one JSON value: the contract of `upwell evaluate --json`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.evaluate import bootstrap
from streams.evaluate.tally import FIGURES, GROUPS, Tally
from streams.evaluate.trial import Outcome

MAIN = "upwell"
COMPARED = ("recall", "ndcg")
Doubles = NDArray[np.float64]
Users = NDArray[np.bool_] | slice
EVERYBODY = slice(None)


def key(figure: str, k: int) -> str:
    """How a figure is called in the report."""
    return "accuracy@1" if figure == "accuracy_of_top" else f"{figure}@{k}"


def figures_of(outcome: Outcome, k: int, events: int) -> dict[str, Any]:
    """One method: figures of all tests, the same under each group, and `intervals` of both."""
    tally = outcome.tally
    report: dict[str, Any] = {}
    intervals: dict[str, Any] = {}
    for at, group in enumerate(GROUPS):
        part = _part(outcome, at, k)
        ends = bootstrap.intervals(bootstrap.resampled(tally.sums[at], tally.counts[at]))
        bounds = {key(f, k): [_number(low), _number(high)] for f, low, high in zip(FIGURES, *ends, strict=True)}
        if group == "all":
            report |= part
            intervals |= bounds
        else:
            report[group] = part
            intervals[group] = bounds
    return {
        **report,
        "intervals": intervals,
        "events_per_second": _speed(outcome, events),
        "lists": outcome.lists,
        "bytes_per_user": _number(outcome.footprint.per_user),
        "bytes_per_item": _number(outcome.footprint.per_item),
        "over_time": [_number(value) for value in _ratio(tally.over_time[:, 0], tally.over_time_counts[:, 0])],
        "first_acts": [_number(value) for value in _ratio(*tally.first_acts.T)],
    }


def compared(tallies: Mapping[str, Tally], k: int) -> dict[str, Any]:
    """Upwell beside every other method, on the same resamples of the users: difference, interval, two-sided p."""
    if MAIN not in tallies:
        return {}
    columns = [FIGURES.index(figure) for figure in COMPARED]
    found: dict[str, Any] = {}
    for group in ("all", "cold"):
        at = GROUPS.index(group)
        main = tallies[MAIN]
        for name, tally in tallies.items():
            if name == MAIN:
                continue
            both = tally.counts[0, :, 0] > 0  # of a variant, fewer users may have been tested
            gap = _draws(main, at, both, columns) - _draws(tally, at, both, columns)
            ends = bootstrap.intervals(gap)
            mean = (_means(main, at, both) - _means(tally, at, both))[columns]
            part = {
                key(figure, k): {
                    "difference": _number(mean[n]),
                    "interval": [_number(ends[0, n]), _number(ends[1, n])],
                    "p": _number(bootstrap.two_sided(gap[:, n])),
                }
                for n, figure in enumerate(COMPARED)
            }
            found.setdefault(name, {}).update(part if group == "all" else {group: part})
    return found


def _speed(outcome: Outcome, events: int) -> float | None:
    """Events per CPU second; of a variant, what it spends says nothing: others have learned for it."""
    return None if outcome.variant else _number(events * len(outcome.spreads) / max(outcome.spent_s, 1e-9))


def _part(outcome: Outcome, at: int, k: int) -> dict[str, Any]:
    tally = outcome.tally
    coverage, unevenness = np.mean([spread[at] for spread in outcome.spreads], axis=0)
    return {
        **{key(figure, k): _number(mean) for figure, mean in zip(FIGURES, _means(tally, at), strict=True)},
        f"coverage@{k}": _number(coverage),
        f"gini@{k}": _number(unevenness),
        "tested": tally.tested[at],
    }


def _means(tally: Tally, at: int, users: Users = EVERYBODY) -> Doubles:
    return _ratio(tally.sums[at][users].sum(axis=0), tally.counts[at][users].sum(axis=0))


def _draws(tally: Tally, at: int, users: Users, columns: list[int]) -> Doubles:
    return bootstrap.resampled(tally.sums[at][users][:, columns], tally.counts[at][users][:, columns])


def _ratio(sums: Doubles, counts: Doubles) -> Doubles:
    ratio: Doubles = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return ratio


def _number(value: float) -> float | None:
    """JSON has no NaN: what cannot be said is null."""
    return None if math.isnan(value) else round(float(value), 6)
