"""Sums of a method's figures by user and group: all that means, intervals, comparisons and curves need.

No test is kept by itself, so a run of any length costs memory by users and items only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.labels import BEYOND
from streams.evaluate.methods.base import Asked
from streams.evaluate.scoring import ACCURACY, accuracy, gini

GROUPS = ("all", "cold", "new_users", "rest")
"""Tests of items with fewer than FEW earlier acts, of users with fewer, and of neither; a test may be in two."""

FEW = 5
FIGURES = (*ACCURACY, *BEYOND)
WINDOWS = 40
"""Points of the curves over time."""

FIRST_ACTS = 20
"""Of a user: recall is told for each by itself."""

Doubles = NDArray[np.float64]
Spread = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One list to be judged: the one asked for, and what is right, by group; a group without anything right is left
    out.

    `progress` in [0, 1): where in the tested part of the run it stands; `acts`: what the user did before, counted.
    """

    asked: Asked
    right: Mapping[str, frozenset[int]]
    progress: float
    acts: int


class Tally:
    """Of one method. `sums` and `counts` float64[groups, users, figures]; `shown` int64[groups, items]."""

    def __init__(self, users: int, items: int) -> None:
        self.sums: Doubles = np.zeros((len(GROUPS), users, len(FIGURES)))
        self.counts: Doubles = np.zeros_like(self.sums)
        self.shown: NDArray[np.int64] = np.zeros((len(GROUPS), items), dtype=np.int64)
        self.over_time: Doubles = np.zeros((WINDOWS, len(FIGURES)))
        self.over_time_counts: Doubles = np.zeros_like(self.over_time)
        self.first_acts: Doubles = np.zeros((FIRST_ACTS, 2))  # recall summed, and tests

    def add(self, case: Case, rows: Sequence[int], beyond: Sequence[float], k: int) -> None:
        """Judge one list; `beyond` has the figures of BEYOND."""
        for group, right in case.right.items():
            at = GROUPS.index(group)
            values = np.array([*accuracy(rows, right, k), *beyond])
            known = ~np.isnan(values)
            self.sums[at, case.asked.user, known] += values[known]
            self.counts[at, case.asked.user, known] += 1
            self.shown[at, list(rows)] += 1
            if at == 0:
                window = int(case.progress * WINDOWS)
                self.over_time[window, known] += values[known]
                self.over_time_counts[window, known] += 1
                if case.acts < FIRST_ACTS:
                    self.first_acts[case.acts] += values[0], 1

    def join(self, other: Tally) -> None:
        """Add the tests of the same method under another seed, where items have other rows."""
        self.sums += other.sums
        self.counts += other.counts
        self.over_time += other.over_time
        self.over_time_counts += other.over_time_counts
        self.first_acts += other.first_acts

    def spread(self, candidates: NDArray[np.bool_]) -> Spread:
        """float64[groups, 2]: the share of the candidates bool[items] that any list had, and Gini over their places."""
        shown = self.shown[:, candidates]
        covered = np.count_nonzero(shown, axis=1) / max(1, shown.shape[1])
        return np.stack((covered, [gini(counts) for counts in shown]), axis=1)

    @property
    def tested(self) -> list[int]:
        """Tests by group."""
        return [int(count) for count in self.counts[:, :, 0].sum(axis=1)]
