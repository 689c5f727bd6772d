"""What may be in a list at all, and how much of one kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.business import Standing
from streams.core.candidates.base import Context
from streams.core.compiled import compiled
from streams.core.exposure import resting
from streams.core.rows import UNKNOWN, Rows
from streams.core.segments import Places, Segments
from streams.events import NewsKind


class Lead(NamedTuple):
    """The item that a list is made for, and what is new about it."""

    item_id: str
    kind: NewsKind


@dataclass(frozen=True, slots=True)
class Limits:
    """What one list asks for besides its length: only items with one of `tags` (empty = any), none of `exclude`, and
    what the business rules that hold for it leave. `lead` stands at its head, if the user may see it. Items that rest
    (exposure.py) are left out unless `tired` says that they may be shown.
    """

    tags: Collection[str] = ()
    exclude: Collection[str] = ()
    business: Standing | None = None
    lead: Lead | None = None
    tired: bool = False


ANYTHING = Limits()
_NONE = np.empty(0, dtype=np.uint32)


def allowed(rows: Rows, lists: Segments, contexts: Sequence[Context], limits: Sequence[Limits]) -> NDArray[np.bool_]:
    """bool[n], for rows of several lists: live, not expired, not used up or refused by the list's user, not resting,
    not excluded, with a wanted tag.
    """
    catalogue = contexts[0].catalogue
    kept = catalogue.eligible(rows, contexts[0].now)
    used = [context.taste.used for context in contexts]
    lengths = np.array([len(one) for one in used])
    _without_used(kept, rows, lists.sizes, np.concatenate(used), lengths, catalogue.scratch().places)
    for part, context, limit in zip(lists.slices, contexts, limits, strict=True):
        tired = _NONE if limit.tired else resting(context.profile, context.now, context.tuning)
        if len(context.profile.seen) or len(tired) or limit.exclude or limit.tags or limit.business is not None:
            at = kept[part].nonzero()[0] + part.start
            kept[at] = _fine(rows[at], context, limit, tired)
    return kept


@compiled("void(b1[::1], i4[:], i8[::1], i4[::1], i8[::1], i4[::1])")
def _without_used(  # noqa: PLR0917 - compiled functions take no keywords
    kept: NDArray[np.bool_], rows: Rows, sizes: Places, used: Rows, lengths: Places, place: NDArray[np.int32]
) -> None:
    """Clear `kept` bool[n] where one of a list's rows, `sizes` int64[b], is among what its user has used up, `lengths`
    int64[b]; `place` as in accumulate.py.
    """
    start = first = 0
    for one in range(len(sizes)):
        last = first + lengths[one]
        for at in range(first, last):
            place[used[at]] = at
        for at in range(start, start + sizes[one]):
            where = place[rows[at]]
            if first <= where < last and used[where] == rows[at]:
                kept[at] = False
        start += sizes[one]
        first = last


def _fine(rows: Rows, context: Context, limits: Limits, tired: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """bool[n]: what a list allows of live rows beyond what its user's history uses up."""
    catalogue = context.catalogue
    fine = ~context.profile.seen.contains(catalogue.hashes(rows))
    if len(tired):
        fine &= ~np.isin(catalogue.hashes(rows), tired)
    if limits.exclude:
        excluded = catalogue.rows.find_all(limits.exclude)
        fine &= ~catalogue.scratch().among(rows, excluded[excluded != UNKNOWN])
    if limits.tags:
        fine &= catalogue.has_any_tag(rows, limits.tags)
    if limits.business is not None:
        fine &= limits.business.fine(rows, catalogue.card)
    return fine
