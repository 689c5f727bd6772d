"""What is known of a cold candidate's kin counts for it: its own company is too small to tell anything.

An item that nobody has touched has nothing but its content; but items that share its rare words (kin.py) have been
liked, together with what the user likes or not. One that is known well speaks for itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.accumulate import COLD_BELOW
from streams.core.candidates.base import Context, Floats
from streams.core.candidates.neighbours import met_by
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places


def kinship(pools: Pools, contexts: Sequence[Context]) -> Floats:
    """float32[n]: root of the sum over each cold candidate's kin of their cosine times how strongly they were met with
    the user's likes; 0 for the others.
    """
    found = met_by(contexts)
    rows, sums = np.concatenate([one.rows for one in found]), np.concatenate([one.sums for one in found])
    sizes = np.array([len(one.rows) for one in found])
    catalogue = contexts[0].catalogue
    cold = np.flatnonzero(contexts[0].statistics.acts(pools.rows) < COLD_BELOW)
    lists = np.bincount(pools.lists.list_of[cold], minlength=len(contexts))
    lent = np.zeros(len(pools.rows), dtype=np.float32)
    lent[cold] = _lent(*catalogue.kin(pools.rows[cold]), lists, rows, sums, sizes, catalogue.scratch().sums)
    return lent


@compiled("f4[::1](i4[::1], f4[::1], i4[::1], i8[::1], i4[::1], f4[::1], i8[::1], f4[::1])")
def _lent(  # noqa: PLR0917 - compiled functions take no keywords
    ends: Rows, cosines: Floats, at: Rows, lists: Places, met: Rows, sums: Floats, sizes: Places, by_row: Floats
) -> Floats:
    """`lists` int64[b]: how many candidates each list has, `sizes` int64[b]: how many rows were met; `by_row` is full
    of zeros, also afterwards.
    """
    found = np.zeros(lists.sum(), np.float32)
    edge = last = first = 0
    for one in range(len(lists)):
        last += lists[one]
        for place in range(first, first + sizes[one]):
            by_row[met[place]] = sums[place]
        while edge < len(ends) and at[edge] < last:
            found[at[edge]] += cosines[edge] * by_row[ends[edge]]
            edge += 1
        for place in range(first, first + sizes[one]):
            by_row[met[place]] = 0
        first += sizes[one]
    return np.sqrt(found)
