"""What is known of a cold candidate's kin counts for it: its own company is too small to tell anything.

An item that nobody has touched has nothing but its content; but items that share its rare words (kin.py) have been
liked, together with what the user likes or not. One that is known well speaks for itself.
"""

from __future__ import annotations

import numpy as np

from streams.core.candidates.accumulate import COLD_BELOW
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.edges import LISTS, Lists
from streams.core.histories import Histories
from streams.core.rows import Rows
from streams.core.segments import Places


def kinship(pools: Pools, histories: Histories, context: Context) -> Floats:
    """float32[n]: root of the sum over each cold candidate's kin of their cosine times how strongly they were met with
    the user's likes; 0 for the others. `context` is any of the micro-batch.
    """
    catalogue = context.catalogue
    given = (pools.rows, pools.lists.sizes, context.statistics.acts_by_row())
    met = (histories.met, histories.sums, histories.meetings)
    found: Floats = _lent(*catalogue.kin_lists(), *given, *met, catalogue.scratch().sums)
    return found


@compiled(f"f4[::1]({LISTS}, {LISTS}, i4[::1], i4[::1], i8[::1], f4[::1], i4[::1], f4[::1], i8[::1], f4[::1])")
def _lent(  # noqa: PLR0917 - compiled functions take no keywords
    own: Lists,
    back: Lists,
    generation: Rows,
    rows: Rows,
    sizes: Places,
    acts: Floats,
    met: Rows,
    sums: Floats,
    meetings: Places,
    by_row: Floats,
) -> Floats:
    """`acts` float32 by row; `by_row` is full of zeros, also afterwards."""
    found = np.zeros(len(rows), np.float32)
    start = first = 0
    for one in range(len(sizes)):
        for place in range(first, first + meetings[one]):
            by_row[met[place]] = sums[place]
        for slots, lengths, far, generations, logs in (own, back):
            for at in range(start, start + sizes[one]):
                slot = slots[rows[at]]
                if acts[rows[at]] >= COLD_BELOW or slot < 0:
                    continue
                for edge in range(lengths[slot]):
                    end = far[slot, edge]
                    if by_row[end] > 0 and generation[end] == generations[slot, edge]:
                        found[at] += np.exp2(logs[slot, edge]) * by_row[end]
        for place in range(first, first + meetings[one]):
            by_row[met[place]] = 0
        start += sizes[one]
        first += meetings[one]
    return np.sqrt(found)
