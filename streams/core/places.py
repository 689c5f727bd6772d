"""Give the places of lists to candidates: best first, diverse, capped, some to be learned about, none left empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from streams.core.attribution import main_sources
from streams.core.backfill import backfilled
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.candidates.registry import BACKFILL, PINNED, PUSHED, SOURCE_NAMES
from streams.core.drafts import Wanted, drafted
from streams.core.lifting import Lifted
from streams.core.quotas import LITTLE_KNOWN, NEW
from streams.core.rows import UNKNOWN
from streams.core.rules import allowed
from streams.core.segments import Places, Segments

BROUGHT: Final = {LITTLE_KNOWN: "exploration", NEW: "fresh"}
"""Named as source of an item that came in because places are kept for its kind, or it was lifted as one of it."""
DIGITS = 4
"""Of what the sources gave, as lists tell it."""


class Place(NamedTuple):
    """A row, its score, the source it owes its place to, where it stands in the pool (UNKNOWN = not in it), and what
    every source that proposed it gave it.
    """

    row: int
    score: float
    source: str
    pool_at: int
    sources: dict[str, float]


_place = partial(tuple.__new__, Place)  # as _act in profile_wire.py


def places_of(  # noqa: PLR0917 - what all lists share, each beside the others
    pools: Pools,
    contributions: Floats,
    contexts: Sequence[Context],
    wanted: Sequence[Wanted],
    few: Lifted,
    business: Floats | None = None,
) -> list[list[Place]]:
    """For each list at most the wanted places; fewer only when nothing else is allowed. `few` says what is added to
    the scores of little known items; `business` float32[n] is what business rules add.
    """
    plain = contributions.sum(axis=1) if business is None else contributions.sum(axis=1) + business
    scores = plain + few.lift
    at, sizes, brought = drafted(pools, plain, few, contexts, wanted)
    within = at - np.repeat(np.array(pools.lists.bounds[:-1]), sizes)
    main = main_sources(pools, contributions, at)
    sources = [BROUGHT.get(kind, SOURCE_NAMES[one]) for one, kind in zip(main, brought.tolist(), strict=True)]
    ends = sizes.cumsum().tolist()
    columns = (pools.rows[at].tolist(), scores[at].tolist(), sources, within.tolist(), _told(pools, at))
    places = list(map(_place, zip(*columns, strict=True)))
    return [
        _pinned(_led(_filled(places[end - size : end], context, want), context, want), context, want)
        for end, size, context, want in zip(ends, sizes.tolist(), contexts, wanted, strict=True)
    ]


def _told(pools: Pools, at: Places) -> list[dict[str, float]]:
    """For each of `at` int64[n] what every source that proposed it gave."""
    told: list[dict[str, float]] = [{} for _ in at]
    given, source = pools.proposed[at].nonzero()
    scores = pools.scores[at[given], source].astype(np.float64).round(DIGITS)
    for n, name, score in zip(given.tolist(), source.tolist(), scores.tolist(), strict=True):
        told[n][SOURCE_NAMES[name]] = score
    return told


def _filled(places: list[Place], context: Context, wanted: Wanted) -> list[Place]:
    missing = wanted.places - len(places)
    if missing > 0:
        least = min((place.score for place in places), default=0.0)
        extra = backfilled({place.row for place in places}, missing, context, wanted.limits)
        if len(extra) < missing and context.profile.exposures:  # rather what was shown too often than a short list
            taken = {*extra, *(place.row for place in places)}
            extra += backfilled(taken, missing - len(extra), context, replace(wanted.limits, tired=True))
        places += [Place(row, least - n, BACKFILL, UNKNOWN, {}) for n, row in enumerate(extra, start=1)]
    return places


def _led(places: list[Place], context: Context, wanted: Wanted) -> list[Place]:
    """With the item that the list is made for at its head, if the user may see it; the last one goes for it."""
    lead = wanted.limits.lead
    if lead is None or not _may_see(row := context.catalogue.rows.find(lead.item_id), context, wanted):
        return places
    found = next((place for place in places if place.row == row), None)
    score = places[0].score if places and found is None else 0.0 if found is None else found.score
    at, sources = (UNKNOWN, {}) if found is None else (found.pool_at, found.sources)
    head = Place(row, score, PUSHED[lead.kind], at, sources)
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
            places.insert(at - 1, Place(row, score, PINNED, UNKNOWN, {}))
    return places[: wanted.places]
