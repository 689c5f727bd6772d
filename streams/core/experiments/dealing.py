"""Who is in an experiment, and in which variant: by hashing user and experiment, so that every worker agrees, a user
keeps the variant, and experiments are independent of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streams.core.experiments.definition import Experiment, Variant
from streams.core.hashing import digest

_HEX: Final = 13  # digits of a hash, 52 bits: as many as a float holds


def takes_part(experiment: Experiment, user_id: str) -> bool:
    """Whether the user is in the experiment's share. A share that grows keeps those who were in."""
    return _point("share", experiment, user_id) < experiment.share


def dealt(experiment: Experiment, user_id: str) -> Variant:
    """The user's variant. It does not depend on the share, which may change while the experiment runs."""
    shares = shares_of(experiment.variant)
    point = _point("variant", experiment, user_id)
    for variant, share in zip(experiment.variant, shares, strict=True):
        point -= share
        if point < 0:
            return variant
    return experiment.variant[-1]  # what rounding leaves


def shares_of(variants: Sequence[Variant]) -> list[float]:
    """Each variant's share of the users, summing to 1."""
    whole = sum(one.weight for one in variants)
    return [one.weight / whole for one in variants]


def _point(of: str, experiment: Experiment, user_id: str) -> float:
    """In [0, 1), even over users."""
    return int(digest(of, experiment.name, experiment.salt, user_id)[:_HEX], 16) / 16.0**_HEX
