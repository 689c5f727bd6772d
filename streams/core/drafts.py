"""Which candidates of each list get its places: the best ones, diverse and capped, some to be learned about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of, falling, reaching, smallest
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.caps import scaled_cap, tag_caps
from streams.core.compiled import compiled
from streams.core.diversity import diversified
from streams.core.histories import joined
from streams.core.lifting import Lifted
from streams.core.rows import Rows
from streams.core.rules import Limits
from streams.core.segments import Places
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
    list; of each list how many, int64[b]; and which came in to be learned about, bool[n].
    """

    at: Places
    sizes: Places
    tried: NDArray[np.bool_]


def drafted(pools: Pools, plain: Floats, few: Lifted, contexts: Sequence[Context], wanted: Sequence[Wanted]) -> Drafts:
    """`plain` float32[n]: the scores beside the pools' rows, without the lift of `few`."""
    tuning, catalogue = contexts[0].tuning, contexts[0].catalogue
    places = np.array([want.places for want in wanted])
    liked = [context.taste.liked for context in contexts]
    return Drafts(
        *_drafted(
            plain,
            *few,
            catalogue.hashes(pools.rows),
            pools.rows,
            pools.lists.sizes,
            *catalogue.vector_slots(),
            *catalogue.labels(),
            joined(liked),
            np.array([len(one) for one in liked]),
            tuning.cap_of_taste,
            places,
            np.array([_caps(tuning, want) for want in wanted]),
            tuning.diversity,
            np.where(places >= EXPLORE_FROM, tuning.explore_places, 0),
        )
    )


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


@compiled("i8[::1](f4[::1], b1[::1], i8[::1], i8)")
def _best_untried(scores: Floats, untried: NDArray[np.bool_], chosen: Places, least: int) -> Places:
    """So many of the best untried candidates as `chosen` lacks of the `least` it is to have, best first."""
    waiting, count, missing = np.empty(len(scores), np.int64), 0, least
    for at in chosen:
        missing -= untried[at]
    if missing <= 0:
        return waiting[:0]
    for at in range(len(scores)):
        if untried[at] and not _among(at, chosen):
            waiting[count] = at
            count += 1
    return waiting[best_of(scores[waiting[:count]], missing)]


@compiled(
    "Tuple((i8[::1], i8[::1], b1[::1]))(f4[::1], f4[::1], b1[::1], u4[::1], i4[::1], i8[::1], f4[:, ::1], i4[::1],"
    " i4[:, ::1], i4[::1], i4[::1], i8[::1], f8, i8[::1], i8[:, ::1], f8, i8[::1])"
)
def _drafted(  # noqa: PLR0917 - compiled functions take no keywords
    plain: Floats,
    lift: Floats,
    untried: NDArray[np.bool_],
    hashes: NDArray[np.uint32],
    rows: Rows,
    sizes: Places,
    vectors: Vectors,
    slots: Rows,
    tags: Rows,
    creators: Rows,
    liked: Rows,
    likes: Places,
    cap_of_taste: float,
    places: Places,
    caps: Places,
    diversity: float,
    kept: Places,
) -> tuple[Places, Places, NDArray[np.bool_]]:
    """`likes` int64[b]: how many of the rows `liked` are each user's; `kept` int64[b]: the least places of each list
    for untried items.
    """
    scores = plain + lift
    at, filled, tried = (
        np.empty(places.sum(), np.int64),
        np.zeros(len(sizes), np.int64),
        np.zeros(places.sum(), np.bool_),
    )
    start = count = like = 0
    for one in range(len(sizes)):
        end, first, most = start + sizes[one], count, places[one]
        own = scores[start:end]
        top = start + _top(own, hashes[start:end], MMR_POOL * most)
        labels, allowed = np.empty((_KINDS, len(top)), np.int32), np.empty((_KINDS, len(top)), np.int64)
        for place in range(len(top)):
            labels[0, place], labels[1, place] = tags[rows[top[place]], 0], creators[rows[top[place]]]
        liked_tags = np.empty(likes[one], np.int32)
        for back in range(likes[one]):
            liked_tags[back] = tags[liked[like + back], 0]
        allowed[0] = tag_caps(labels[0], liked_tags, caps[one, 0], cap_of_taste * most)
        allowed[1] = caps[one, 1]
        best = diversified(scores[top], vectors, slots[rows[top]], labels, allowed, most, diversity)
        for place in best:
            at[count] = top[place]
            count += 1
        for candidate in top:  # the caps shut everything: rather more of a kind than a short list
            if count - first == most:
                break
            if not _among(candidate, at[first:count]):
                at[count] = candidate
                count += 1
        extra = start + _best_untried(own, untried[start:end], at[first:count] - start, kept[one])
        if sizes[one] > most:  # by the lift came what is among the best with it, and is not without it
            least, least_lifted = np.sort(plain[start:end])[-most], np.sort(own)[-most]
            for place in range(first, count):
                tried[place] = plain[at[place]] < least and scores[at[place]] >= least_lifted
        count = min(count, first + max(0, most - len(extra)))
        for candidate in extra[:most]:
            at[count], tried[count] = candidate, True
            count += 1
        filled[one] = count - first
        start, like = end, like + likes[one]
    return at[:count], filled, tried[:count]
