"""What may be in a list at all, and how much of one kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Context
from streams.core.profile import Profile
from streams.core.rows import UNKNOWN, Rows


@dataclass(frozen=True, slots=True)
class Limits:
    """What one list asks for besides its length: only items with one of `tags` (empty = any), none of `exclude`."""

    tags: Collection[str] = ()
    exclude: Collection[str] = ()


ANYTHING = Limits()


def allowed(rows: Rows, context: Context, profile: Profile, limits: Limits) -> NDArray[np.bool_]:
    """bool[n]: live, not expired, not used up or refused by this user, not excluded, with a wanted tag."""
    catalogue = context.catalogue
    kept = catalogue.eligible(rows, context.now)
    if not kept.any():
        return kept
    live = rows[kept]
    fine = ~catalogue.scratch.among(live, context.taste.used)
    if len(profile.seen):
        fine &= ~profile.seen.contains(catalogue.hashes(live))
    if limits.exclude:
        excluded = catalogue.rows.find_all(limits.exclude)
        fine &= ~catalogue.scratch.among(live, excluded[excluded != UNKNOWN])
    if limits.tags:
        fine &= catalogue.has_any_tag(live, limits.tags)
    kept[kept] = fine
    return kept


def scaled_cap(cap: int, places: int, usual: int) -> int:
    """A cap meant for lists of the usual length, for a list of `places`."""
    return max(1, -(-cap * places // max(1, usual)))
