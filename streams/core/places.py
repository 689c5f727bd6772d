"""Give the places of lists to candidates: best first, diverse, capped, one kept for a try, none left empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.attribution import main_sources
from streams.core.backfill import backfilled
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pool, Pools
from streams.core.candidates.registry import BACKFILL, PINNED, PUSHED, SOURCE_NAMES
from streams.core.catalogue import Catalogue
from streams.core.compiled import compiled
from streams.core.diversity import diversified
from streams.core.rows import UNKNOWN, Rows
from streams.core.rules import Limits, allowed, scaled_cap
from streams.core.segments import Places, Segments
from streams.core.tries import tries
from streams.core.tuning import Tuning

MMR_POOL = 3  # candidates per place that diversity chooses from
EXPLORE_FROM = 5  # a shorter list keeps no place for exploration


class Place(NamedTuple):
    """A row, its score, the source it owes its place to, and where it stands in the pool (UNKNOWN = not in it)."""

    row: int
    score: float
    source: str
    pool_at: int


_place = partial(tuple.__new__, Place)  # as _act in profile_wire.py


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many places, and what may stand in them."""

    places: int
    limits: Limits


def places_of(
    pools: Pools,
    contributions: Floats,
    contexts: Sequence[Context],
    wanted: Sequence[Wanted],
    lift: Floats | None = None,
) -> list[list[Place]]:
    """For each list at most the wanted places; fewer only when nothing else is allowed. `lift` float32[n] is what
    business rules add to the scores.
    """
    scores = contributions.sum(axis=1) if lift is None else contributions.sum(axis=1) + lift
    order = _order(scores, contexts[0].catalogue.hashes(pools.rows))
    drafts = [
        _draft(pool, scores[part], order[part], context, want)
        for pool, part, context, want in zip(pools.each(), pools.lists.slices, contexts, wanted, strict=True)
    ]
    starts = pools.lists.bounds
    chosen = [start + at for start, draft in zip(starts, drafts, strict=False) for at in draft.chosen]
    main = main_sources(pools, contributions, chosen)
    ends = list(accumulate((len(draft.chosen) for draft in drafts), initial=0))
    lists = []
    for draft, end, context, want in zip(drafts, ends, contexts, wanted, strict=False):
        sources = [SOURCE_NAMES[source] for source in main[end : end + len(draft.chosen)]]
        lists.append(_pinned(_led(_filled(draft.placed(sources), context, want), context, want), context, want))
    return lists


@dataclass(frozen=True, slots=True)
class _Draft:
    """Where in its pool the chosen candidates of a list stand, in the order of the list, and those that are tries."""

    chosen: list[int]
    tried: list[int]
    rows: Rows
    scores: Floats

    def placed(self, sources: Sequence[str]) -> list[Place]:
        at = [*self.chosen, *self.tried]
        rows, scores = self.rows[at].tolist(), self.scores[at].tolist()
        return list(map(_place, zip(rows, scores, [*sources, *["exploration"] * len(self.tried)], at, strict=True)))


def _draft(pool: Pool, scores: Floats, order: NDArray[np.uint64], context: Context, wanted: Wanted) -> _Draft:
    """`order` uint64[n] sorts the pool from the best score down."""
    tuning, catalogue = context.tuning, context.catalogue
    top = _top(order, MMR_POOL * wanted.places)
    rows = pool.rows[top]
    labels, caps = _caps(rows, catalogue, tuning, wanted)
    best = diversified(scores[top], catalogue.vectors(rows), labels, caps, wanted.places, tuning.diversity)
    chosen: list[int] = top[best].tolist()
    if len(chosen) < wanted.places:  # the caps shut everything: rather more of a kind than a short list
        taken = set(chosen)
        rest = _top(order, len(order))
        chosen += [at for at in rest.tolist() if at not in taken][: wanted.places - len(chosen)]
    drawn = tries(pool, scores, context, tuning.explore_places if wanted.places >= EXPLORE_FROM else 0).tolist()
    tried = [at for at in drawn if at not in chosen]  # one that has a place by its score needs none kept
    return _Draft(chosen[: wanted.places - len(tried)], tried, pool.rows, scores)


@compiled("i8[::1](u8[::1], i8)")
def _top(order: NDArray[np.uint64], most: int) -> Places:
    """Where the `most` smallest of `order` stand, smallest first."""
    at = np.arange(len(order))
    if len(order) > most:
        at = np.flatnonzero(order <= np.partition(order, most - 1)[most - 1])
    top: Places = at[np.argsort(order[at], kind="mergesort")][:most]
    return top


def _filled(places: list[Place], context: Context, wanted: Wanted) -> list[Place]:
    missing = wanted.places - len(places)
    if missing > 0:
        least = min((place.score for place in places), default=0.0)
        extra = backfilled({place.row for place in places}, missing, context, wanted.limits)
        if len(extra) < missing and context.profile.exposures:  # rather what was shown too often than a short list
            taken = {*extra, *(place.row for place in places)}
            extra += backfilled(taken, missing - len(extra), context, replace(wanted.limits, tired=True))
        places += [Place(row, least - n, BACKFILL, UNKNOWN) for n, row in enumerate(extra, start=1)]
    return places


def _led(places: list[Place], context: Context, wanted: Wanted) -> list[Place]:
    """With the item that the list is made for at its head, if the user may see it; the last one goes for it."""
    lead = wanted.limits.lead
    if lead is None or not _may_see(row := context.catalogue.rows.find(lead.item_id), context, wanted):
        return places
    found = next((place for place in places if place.row == row), None)
    score = places[0].score if places and found is None else 0.0 if found is None else found.score
    head = Place(row, score, PUSHED[lead.kind], UNKNOWN if found is None else found.pool_at)
    return [head, *(place for place in places if place.row != row)][: wanted.places]


def _may_see(row: int, context: Context, wanted: Wanted) -> bool:
    rows = np.array([row], dtype=np.int32)
    return row != UNKNOWN and bool(allowed(rows, Segments.one(1), [context], [wanted.limits])[0])


def _pinned(places: list[Place], context: Context, wanted: Wanted) -> list[Place]:
    """With the pinned items at their places, those that the user may see; the others move down, the last ones out."""
    standing = wanted.limits.business
    pins = [] if standing is None else standing.pins
    for at, item_id in sorted(pins, key=lambda pin: pin[0]):
        row = context.catalogue.rows.find(item_id)
        if at <= wanted.places and _may_see(row, context, wanted):
            places = [place for place in places if place.row != row]
            score = places[min(at, len(places)) - 1].score if places else 0.0  # that of the place it takes
            places.insert(at - 1, Place(row, score, PINNED, UNKNOWN))
    return places[: wanted.places]


def _order(scores: Floats, hashes: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """uint64[n] that sort like scores from high to low, ties by item hash: one plain sort instead of two stable ones.

    The bits of a float32 sort like the number itself once the sign bit is flipped, and all bits of negative ones.
    """
    bits = (scores + np.float32(0)).view(np.int32)  # adding 0 makes one zero of two
    rising = (bits ^ ((bits >> 31) | np.int32(-(2**31)))).view(np.uint32)
    keys: NDArray[np.uint64] = ((~rising).astype(np.uint64) << np.uint64(32)) | hashes
    return keys


def _caps(rows: Rows, catalogue: Catalogue, tuning: Tuning, wanted: Wanted) -> tuple[Rows, NDArray[np.intp]]:
    """Labels int32[2, n] and how many places one label may take; none where the request itself asks for tags."""
    if wanted.limits.tags:
        return np.empty((0, len(rows)), dtype=np.int32), np.empty(0, dtype=np.intp)
    labels = np.empty((2, len(rows)), dtype=np.int32)
    labels[0], labels[1] = catalogue.tags(rows)[:, 0], catalogue.creators(rows)
    usual = (tuning.cap_per_tag, tuning.cap_per_creator)
    return labels, np.array([scaled_cap(cap, wanted.places, tuning.list_size) for cap in usual])
