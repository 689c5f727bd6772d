"""Were users dealt out as the weights say? If not, something loses users of one variant, and no figure can be trusted.

The sequential test of Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022: the Bayes
factor of Dirichlet-distributed shares against those that were meant. By Ville's inequality it ever passes 1 / level
with a chance of at most `level` when all is well, so it may be looked at as often as one likes.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log
from typing import Final

LEVEL: Final = 0.001
"""Strict: a false alarm stops an experiment that is fine."""

CONCENTRATION: Final = 100.0
"""How closely the alternative keeps to the shares meant: of two equal ones, five points away are nothing odd."""


def surprise(users: Sequence[int], shares: Sequence[float]) -> float:
    """The p-value of the counts under the shares meant (summing to 1), at any time: 1 / the Bayes factor, at most 1."""
    prior = [CONCENTRATION * share for share in shares]
    evidence = lgamma(CONCENTRATION) - lgamma(CONCENTRATION + sum(users))
    for count, weight, share in zip(users, prior, shares, strict=True):
        evidence += lgamma(weight + count) - lgamma(weight) - count * log(share)
    return 1.0 if evidence <= 0 else exp(-evidence)


def mismatched(users: Sequence[int], shares: Sequence[float]) -> bool:
    """Whether the counts are too far from what was meant to be chance."""
    return surprise(users, shares) < LEVEL
