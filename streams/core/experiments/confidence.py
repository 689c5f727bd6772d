"""Intervals that stay true however often one looks at them and whenever one stops.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
theory and asymptotic confidence sequences", Annals of Statistics 52(6), 2024: Robbins' normal mixture, put around an
estimate whose variance is itself estimated. An interval of a fixed time would be wrong far oftener than it says when
somebody looks every day and stops at the first difference.

The estimate is a mean over acts, the unit is the user: the variance is that of a ratio of sums over users (the delta
method; Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018), so a user's acts may go
together as they like. The time that passes is the variance gathered, not the number of looks. Users who come again are
not new independent units, as the theorem would have it; as long as what is left over of one user's acts goes together
(correlates positively), that makes crossing the bound rarer (Slepian's inequality), and a test simulates it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from streams.events import VariantCounts

LEVEL: Final = 0.05
"""An interval misses the truth, ever, with at most this chance."""

FEWEST_USERS: Final = 10.0
"""Fewer users, counted by how evenly they act, and the normal limit says nothing: no interval is given."""

PLANNED_VARIANCE: Final = 0.1
"""Of one act: about that of a hit where one in nine hits. A wrong guess widens the interval, it stays true."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over acts with the variance it has over users. `users`: how many users who act alike would tell as much
    (Kish's effective size).
    """

    value: float
    variance: float
    acts: int
    users: float


def mean_of(counts: VariantCounts, metric: str) -> Mean:
    """The mean per act of `metric`, hits or ndcg; zeros before any act."""
    if not counts.acts:
        return Mean(0.0, 0.0, 0, 0.0)
    total, squared, acts_times = (getattr(counts, metric + end) for end in ("", "_squared", "_acts"))
    value = total / counts.acts
    residual = squared - 2 * value * acts_times + value * value * counts.acts_squared
    bias = counts.active / max(1, counts.active - 1)
    variance = max(0.0, residual) / counts.acts**2 * bias
    return Mean(value, variance, counts.acts, counts.acts**2 / counts.acts_squared)


@dataclass(frozen=True, slots=True)
class Interval:
    """Around a difference of means; None, None when there is too little to say anything."""

    difference: float
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool:
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def difference(one: Mean, control: Mean, planned_acts: int, level: float = LEVEL) -> Interval:
    """Of two groups of users: `one` less `control`. Tightest when `planned_acts` have been scored, half in each."""
    apart = one.value - control.value
    if min(one.users, control.users) < FEWEST_USERS or not one.variance or not control.variance:
        return Interval(apart)
    size = one.acts * control.acts / (one.acts + control.acts)
    radius = _radius(one.variance + control.variance, size, planned_acts / 4, level)
    return Interval(apart, apart - radius, apart + radius)


def within(paired: Mean, planned_acts: int, level: float = LEVEL) -> Interval:
    """Of differences that were seen act by act within the same users."""
    if paired.users < FEWEST_USERS or not paired.variance:
        return Interval(paired.value)
    radius = _radius(paired.variance, paired.acts, planned_acts, level)
    return Interval(paired.value, paired.value - radius, paired.value + radius)


def _radius(variance: float, size: float, planned_size: float, level: float) -> float:
    """Half the interval's width, for an estimate of this variance from acts that are worth `size` of one sample."""
    once = -2 * math.log(level)
    mixing = (once + math.log(once + 1)) / (PLANNED_VARIANCE * planned_size)  # tightest there, as they derive it
    time = variance * size * size * mixing
    return math.sqrt(variance * (time + 1) / time * math.log((time + 1) / level**2))
