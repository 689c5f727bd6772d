"""Which candidates of each list get its places: the best ones, diverse and capped, and one kept for a try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.best import falling, reaching, smallest
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.diversity import diversified
from streams.core.rows import Rows
from streams.core.rules import Limits, scaled_cap
from streams.core.segments import Places
from streams.core.tries import drawn, untried
from streams.core.tuning import Tuning
from streams.core.vector_table import Vectors

MMR_POOL = 3  # candidates per place that diversity chooses from
EXPLORE_FROM = 5  # a shorter list keeps no place for exploration
_NO_CAP = 1 << 30
_KINDS = 2  # of labels: first tag, creator


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many places, and what may stand in them."""

    places: int
    limits: Limits


class Drafts(NamedTuple):
    """Where in the pools the candidates stand that get a place, int64[n], list after list, each in the order of its
    list; of each list how many, int64[b], and how many of these, the last ones, are tries, int64[b].
    """

    at: Places
    sizes: Places
    tried: Places


def drafted(pools: Pools, scores: Floats, contexts: Sequence[Context], wanted: Sequence[Wanted]) -> Drafts:
    """`scores` float32[n] beside the pools' rows."""
    tuning, catalogue = contexts[0].tuning, contexts[0].catalogue
    places = np.array([want.places for want in wanted])
    kept = np.where(places >= EXPLORE_FROM, tuning.explore_places, 0)
    caps = np.array([_caps(tuning, want) for want in wanted])
    few = untried(pools, contexts)
    at, sizes, tried = _drafted(
        scores,
        catalogue.hashes(pools.rows),
        pools.rows,
        pools.lists.sizes,
        *catalogue.vector_slots(),
        *catalogue.labels(),
        places,
        caps,
        tuning.diversity,
        kept,
        few.at,
        few.bounds,
        few.taken,
        few.shown,
        few.bits,
    )
    return Drafts(at, sizes, tried)


def _caps(tuning: Tuning, wanted: Wanted) -> tuple[int, int]:
    """How many places one label of each kind may take; any number where the request itself asks for tags."""
    if wanted.limits.tags:
        return _NO_CAP, _NO_CAP
    usual, places = tuning.list_size, wanted.places
    return scaled_cap(tuning.cap_per_tag, places, usual), scaled_cap(tuning.cap_per_creator, places, usual)


@compiled("i8[::1](f4[::1], u4[::1], i8)")
def _top(scores: Floats, hashes: NDArray[np.uint32], most: int) -> Places:
    """Places of the `most` highest scores, best first, ties by item hash."""
    at = reaching(scores, most)
    keys = falling(scores[at])
    for one in range(len(at)):
        keys[one] |= np.int64(hashes[at[one]])
    return at[smallest(keys, most)]


@compiled("i8(i8, i8[::1])")
def _among(number: int, numbers: Places) -> bool:
    found = False
    for other in numbers:
        found = found or other == number
    return found


@compiled(
    "UniTuple(i8[::1], 3)(f4[::1], u4[::1], i4[::1], i8[::1], f4[:, ::1], i4[::1], i4[:, ::1], i4[::1], i8[::1],"
    " i8[:, ::1], f8, i8[::1], i8[::1], i8[::1], f4[::1], f4[::1], Array(u4, 1, 'C', readonly=True))"
)
def _drafted(  # noqa: PLR0917 - compiled functions take no keywords
    scores: Floats,
    hashes: NDArray[np.uint32],
    rows: Rows,
    sizes: Places,
    vectors: Vectors,
    slots: Rows,
    tags: Rows,
    creators: Rows,
    places: Places,
    caps: Places,
    diversity: float,
    kept: Places,
    unknown: Places,
    bounds: Places,
    taken: Floats,
    shown: Floats,
    bits: NDArray[np.uint32],
) -> tuple[Places, Places, Places]:
    """`kept` int64[b]: how many of each list's places tries may have; from `unknown` on as in Untried."""
    at, filled, tried = np.empty(places.sum(), np.int64), np.zeros(len(sizes), np.int64), np.zeros(len(sizes), np.int64)
    start = count = 0
    for one in range(len(sizes)):
        end, first, most = start + sizes[one], count, places[one]
        top = start + _top(scores[start:end], hashes[start:end], MMR_POOL * most)
        labels = np.empty((_KINDS, len(top)), np.int32)
        for place in range(len(top)):
            labels[0, place], labels[1, place] = tags[rows[top[place]], 0], creators[rows[top[place]]]
        best = diversified(scores[top], vectors, slots[rows[top]], labels, caps[one], most, diversity)
        for place in best:
            at[count] = top[place]
            count += 1
        for candidate in top:  # the caps shut everything: rather more of a kind than a short list
            if count - first == most:
                break
            if not _among(candidate, at[first:count]):
                at[count] = candidate
                count += 1
        part = slice(bounds[one], bounds[one + 1])
        draws = drawn(scores, unknown[part], taken[part], shown[part], bits[part], kept[one])
        for draw in draws:
            if not _among(draw, at[first:count]):  # one that has a place by its score needs none kept
                draws[tried[one]] = draw
                tried[one] += 1
        count = min(count, first + max(0, most - tried[one]))
        for draw in draws[: tried[one]]:
            at[count] = draw
            count += 1
        filled[one] = count - first
        start = end
    return at[:count], filled, tried
