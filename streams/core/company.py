"""What the candidates and a user's liked items have to do with each other: co-engagement seen from both ends.

A source proposes by what is strongest in the liked items' lists; a candidate that few liked is too weak to stand in
those, but names them in its own. So every candidate is looked at from its own list too, whoever proposed it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.accumulate import SHRINK
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.neighbours import STEP
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.edges import LISTS, Lists
from streams.core.histories import Histories
from streams.core.rows import Rows
from streams.core.segments import Places

SHORT = 5
"""So many newest likes are the short window."""

SEEN: Final = 4  # per direction: the whole history, the same over the root of its counts, the short window, the newest
COMPANY: Final = 2 * SEEN


def company(pools: Pools, histories: Histories, context: Context, found: Floats) -> None:
    """Fill `found` float32[COMPANY, n] with roots of sums, SEEN of each: of the candidate's acts that came after those
    on the liked items, and of all. `context` is any of the micro-batch.
    """
    view = context.statistics
    lists, generation, half_life_s = view.companions()
    given = (pools.rows, pools.lists.sizes, histories.liked, histories.likes)
    scratch = context.catalogue.scratch()
    by_row = (view.acts_by_row(), scratch.flags, scratch.places)
    _company(lists, generation, context.now / half_life_s, *given, *by_row, found)


@compiled(f"void({LISTS}, i4[::1], f8, i4[::1], i4[::1], f4[::1], f4[::1], b1[::1], i4[::1], b1, f4[:, :])")
def _met(  # noqa: PLR0917 - compiled functions take no keywords
    lists: Lists,
    generation: Rows,
    now: float,
    near: Rows,
    ends: Rows,
    usual: Floats,
    steps: Floats,
    flags: NDArray[np.bool_],
    place: NDArray[np.int32],
    from_candidates: bool,
    sums: Floats,
) -> None:
    """Walk the lists of `near` and add up the edges that lead to one of `ends`: `sums` float32[candidates, SEEN].

    `near` are the candidates and `ends` the likes, newest first, or the other way round; `usual` float32[likes] are the
    roots of the likes' counts, and `steps` float32[likes] how much each counts for how far back it is. `now` in
    half-lives; `flags` and `place` by row, with nothing set in the first, also afterwards, and anything in the second.
    """
    slots, lengths, far, generations, logs = lists
    for at in range(len(ends)):
        flags[ends[at]], place[ends[at]] = True, at
    for one in range(len(near)):
        slot = slots[near[one]]
        for edge in range(0 if slot < 0 else lengths[slot]):
            end = far[slot, edge]
            if flags[end] and generation[end] == generations[slot, edge]:
                weight = np.exp2(np.float32(logs[slot, edge] - now))
                candidate, step = (one, place[end]) if from_candidates else (place[end], one)
                faded = weight * steps[step]
                sums[candidate, 0] += faded
                sums[candidate, 1] += faded / usual[step]
                if step < SHORT:
                    sums[candidate, 2] += weight
                if step == 0:
                    sums[candidate, 3] += weight
    for at in range(len(ends)):
        flags[ends[at]] = False


@compiled(f"void({LISTS}, i4[::1], f8, i4[::1], i8[::1], i4[::1], i8[::1], f4[::1], b1[::1], i4[::1], f4[:, ::1])")
def _company(  # noqa: PLR0917 - compiled functions take no keywords
    lists: Lists,
    generation: Rows,
    now: float,
    rows: Rows,
    sizes: Places,
    liked: Rows,
    likes: Places,
    acts: Floats,
    flags: NDArray[np.bool_],
    place: NDArray[np.int32],
    found: Floats,
) -> None:
    """List by list; `now`, `flags` and `place` as above, `acts` float32 by row."""
    steps = STEP ** np.arange(likes.max()).astype(np.float32)
    start = first = 0
    for one in range(len(sizes)):
        mine, known = rows[start : start + sizes[one]], liked[first : first + likes[one]]
        usual = np.sqrt(acts[known] + np.float32(SHRINK))
        sums = np.zeros((len(mine), COMPANY), np.float32)
        _met(lists, generation, now, mine, known, usual, steps, flags, place, True, sums[:, :SEEN])
        _met(lists, generation, now, known, mine, usual, steps, flags, place, False, sums[:, SEEN:])
        for at in range(len(mine)):
            shrunk = np.sqrt(acts[mine[at]] + np.float32(SHRINK))
            for way in range(SEEN):
                after, before = sums[at, way], sums[at, SEEN + way]
                found[way, start + at] = np.sqrt(after / shrunk)
                found[SEEN + way, start + at] = np.sqrt((after + before) / shrunk)
        start += sizes[one]
        first += likes[one]
