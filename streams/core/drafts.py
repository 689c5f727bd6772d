"""Which candidates of each list get its places: the best ones, diverse and capped, some to be learned about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.best import falling, reaching, smallest
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.caps import scaled_cap, tag_caps
from streams.core.compiled import compiled
from streams.core.diversity import diversified
from streams.core.histories import joined
from streams.core.lifting import Lifted
from streams.core.quotas import BY_SCORE, LITTLE_KNOWN, Kinds, kept
from streams.core.rows import Rows
from streams.core.rules import Limits
from streams.core.segments import Places
from streams.core.tuning import Tuning
from streams.core.vector_table import Vectors

MMR_POOL = 3  # candidates per place that diversity chooses from
KEEP_FROM = 5  # a shorter list keeps no place for items of a kind
_NO_CAP = 1 << 30
_LABELS = 2  # first tag, creator


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many places, and what may stand in them."""

    places: int
    limits: Limits


class Drafts(NamedTuple):
    """Where in the pools the candidates stand that get a place, int64[n], list after list, each in the order of its
    list; of each list how many, int64[b]; and for which kind of items each came in (quotas.py), int8[n].
    """

    at: Places
    sizes: Places
    brought: NDArray[np.int8]


def drafted(pools: Pools, plain: Floats, few: Lifted, contexts: Sequence[Context], wanted: Sequence[Wanted]) -> Drafts:
    """`plain` float32[n]: the scores beside the pools' rows, without the lift of `few`."""
    tuning, catalogue = contexts[0].tuning, contexts[0].catalogue
    places = np.array([want.places for want in wanted])
    least = np.array([tuning.explore_places, tuning.fresh_places])  # in the order of the kinds
    new = catalogue.published(pools.rows) >= contexts[0].now - tuning.fresh_for_s
    liked = [context.taste.liked for context in contexts]
    return Drafts(
        *_drafted(
            plain,
            few.lift,
            np.column_stack((few.untried, new)),
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
            np.where(places >= KEEP_FROM, 1, 0)[:, None] * least,
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


@compiled(
    "Tuple((i8[::1], i8[::1], i1[::1]))(f4[::1], f4[::1], b1[:, ::1], u4[::1], i4[::1], i8[::1], f4[:, ::1], i4[::1],"
    " i4[:, ::1], i4[::1], i4[::1], i8[::1], f8, i8[::1], i8[:, ::1], f8, i8[:, ::1])"
)
def _drafted(  # noqa: PLR0917 - compiled functions take no keywords
    plain: Floats,
    lift: Floats,
    kinds: Kinds,
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
    least: Places,
) -> tuple[Places, Places, NDArray[np.int8]]:
    """`likes` int64[b]: how many of the rows `liked` are each user's; `least` int64[b, KINDS]: the places that each
    list keeps for items of each of the `kinds` bool[n, KINDS].
    """
    scores = plain + lift
    at, filled = np.empty(places.sum(), np.int64), np.zeros(len(sizes), np.int64)
    brought = np.full(places.sum(), BY_SCORE, np.int8)
    start = count = like = 0
    for one in range(len(sizes)):
        end, first, most = start + sizes[one], count, places[one]
        own = scores[start:end]
        top = start + _top(own, hashes[start:end], MMR_POOL * most)
        labels, allowed = np.empty((_LABELS, len(top)), np.int32), np.empty((_LABELS, len(top)), np.int64)
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
        standing, for_kind = kept(own, kinds[start:end], least[one], at[first:count] - start, most)
        count = first + len(standing)
        at[first:count], brought[first:count] = start + standing, for_kind
        if sizes[one] > most:  # by the lift came what is among the best with it, and is not without it
            high, high_lifted = np.sort(plain[start:end])[-most], np.sort(own)[-most]
            for place in range(first, count):
                if plain[at[place]] < high and scores[at[place]] >= high_lifted:
                    brought[place] = LITTLE_KNOWN
        filled[one] = count - first
        start, like = end, like + likes[one]
    return at[:count], filled, brought[:count]
