"""Forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay: A Practical Time Decay Model for Streaming
Systems", ICDE 2009): weigh each act by g(t - L) for a landmark L in the past and divide by g(now - L) only on reading.

Sums then don't depend on the order of arrival (up to float rounding), and two items' decayed sums compare the same at
any later moment. With g exponential, log2 of a sum plus its time in half-lives is a constant: the *static log*.
"""

from __future__ import annotations

import math

import msgspec

GRID = 16
"""Landmarks lie on multiples of this many half-lives, so moving one multiplies by a power of two: exactly."""


class DecayedSums(msgspec.Struct, array_like=True):
    """Sums by key (for one total, use a single key), all under one half-life and landmark."""

    half_life_s: float
    landmark: float = 0.0
    values: dict[str, float] = {}

    def scale(self, at: float) -> float:
        """The factor of an act at `at` (Unix s); moves the landmark up when `at` is past its grid cell."""
        cell = GRID * self.half_life_s
        landmark = math.floor(at / cell) * cell
        if landmark > self.landmark:
            if self.values:
                shrink = math.exp2((self.landmark - landmark) / self.half_life_s)
                self.values = {key: value * shrink for key, value in self.values.items()}
            self.landmark = landmark
        return math.exp2((at - self.landmark) / self.half_life_s)

    def add(self, key: str, scaled: float) -> None:
        """Add a weight already multiplied by `scale(at)`."""
        self.values[key] = self.values.get(key, 0.0) + scaled

    def as_of(self, now: float) -> dict[str, float]:
        """Every sum decayed to `now`."""
        shrink = self.shrink(now)
        return {key: value * shrink for key, value in self.values.items()}

    def shrink(self, now: float) -> float:
        """By what a sum is multiplied to decay it to `now`: the same for all, so their order needs no decaying."""
        return math.exp2((self.landmark - now) / self.half_life_s)

    def keep_largest(self, most: int) -> None:
        """Cut to the `most` largest (ties by key)."""
        if len(self.values) > most:
            order = sorted(self.values.items(), key=lambda pair: (-pair[1], pair[0]))
            self.values = dict(order[:most])


def half_life_key(half_life_s: float) -> str:
    """How a half-life is written in ItemStatistics.popularity."""
    return f"{half_life_s:g}" if half_life_s != int(half_life_s) else str(int(half_life_s))
