"""What the candidates and a user's liked items have to do with each other: co-engagement seen from both ends.

A source proposes by what is strongest in the liked items' lists; a candidate that few liked is too weak to stand in
those, but names them in its own. So every candidate is looked at from its own list too, whoever proposed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.accumulate import SHRINK
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.neighbours import STEP
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.edges import LISTS, Lists
from streams.core.rows import Rows
from streams.core.segments import Places

SHORT = 5
"""So many newest likes are the short window."""

SEEN: Final = 4  # per direction: the whole history, the same over the root of its counts, the short window, the newest
COMPANY: Final = 2 * SEEN


def company(pools: Pools, contexts: Sequence[Context], found: Floats) -> None:
    """Fill `found` float32[COMPANY, n] with roots of sums, SEEN of each: of the candidate's acts that came after those
    on the liked items, and of all.
    """
    view, now = contexts[0].statistics, contexts[0].now
    liked = np.concatenate([context.taste.liked for context in contexts])
    likes = np.array([len(context.taste.liked) for context in contexts])
    place = contexts[0].catalogue.scratch().places
    lists, generation, half_life_s = view.companions()
    given = (pools.rows, pools.lists.sizes, liked, likes, view.acts_by_row(), place)
    found[:] = _company(lists, generation, now / half_life_s, *given).T


@compiled("void(f4[:], i8, f4, f4)")
def _add(sums: Floats, step: int, weight: np.float32, usual: np.float32) -> None:
    """An edge of `weight` to the like `step` steps back, whose liked end has the root count `usual`."""
    faded = weight * STEP**step
    sums[0] += faded
    sums[1] += faded / usual
    if step < SHORT:
        sums[2] += weight
    if step == 0:
        sums[3] += weight


@compiled(f"void({LISTS}, i4[::1], f8, i4[::1], i4[::1], f4[::1], i4[::1], b1, f4[:, :])")
def _met(  # noqa: PLR0917 - compiled functions take no keywords
    lists: Lists,
    generation: Rows,
    now: float,
    near: Rows,
    ends: Rows,
    usual: Floats,
    place: NDArray[np.int32],
    from_candidates: bool,
    sums: Floats,
) -> None:
    """Walk the lists of `near` and add up the edges that lead to one of `ends`: `sums` float32[candidates, SEEN].

    `near` are the candidates and `ends` the likes, newest first, or the other way round; `usual` float32[likes]. `now`
    in half-lives; `place` as in accumulate.py: believed where it leads back to the row.
    """
    slots, lengths, far, generations, logs = lists
    for at in range(len(ends)):
        place[ends[at]] = at
    for one in range(len(near)):
        slot = slots[near[one]]
        for edge in range(0 if slot < 0 else lengths[slot]):
            end = far[slot, edge]
            at = place[end]
            if 0 <= at < len(ends) and ends[at] == end and generation[end] == generations[slot, edge]:
                weight = np.float32(2.0 ** (logs[slot, edge] - now))
                if from_candidates:
                    _add(sums[one], at, weight, usual[at])
                else:
                    _add(sums[at], one, weight, usual[one])


@compiled(f"f4[:, ::1]({LISTS}, i4[::1], f8, i4[::1], i8[::1], i4[::1], i8[::1], f4[::1], i4[::1])")
def _company(  # noqa: PLR0917 - compiled functions take no keywords
    lists: Lists,
    generation: Rows,
    now: float,
    rows: Rows,
    sizes: Places,
    liked: Rows,
    likes: Places,
    acts: Floats,
    place: NDArray[np.int32],
) -> Floats:
    """float32[n, COMPANY], list by list."""
    found = np.zeros((len(rows), COMPANY), np.float32)
    start = first = 0
    for one in range(len(sizes)):
        mine, known = rows[start : start + sizes[one]], liked[first : first + likes[one]]
        usual = np.sqrt(acts[known] + np.float32(SHRINK))
        part = found[start : start + sizes[one]]
        _met(lists, generation, now, mine, known, usual, place, True, part[:, :SEEN])
        _met(lists, generation, now, known, mine, usual, place, False, part[:, SEEN:])
        start += sizes[one]
        first += likes[one]
    for at in range(len(rows)):
        found[at, SEEN:] += found[at, :SEEN]
        found[at] = np.sqrt(found[at] / np.sqrt(acts[rows[at]] + np.float32(SHRINK)))
    return found
