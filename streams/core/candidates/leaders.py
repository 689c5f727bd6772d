"""The same items are proposed to everybody but those who have had them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Context
from streams.core.catalogue import Catalogue
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places


def firsts(leaders: Rows, without: Rows, most: int, catalogue: Catalogue) -> Rows:
    """int32[<= most]: the first of `leaders` that are not among `without`."""
    kinds, lengths = np.array([len(leaders)]), np.array([len(without)])
    return leaders[_unused(leaders, kinds, without, lengths, most, catalogue.scratch().places)[0]]


def unused(contexts: Sequence[Context], leaders: Sequence[Rows], most: int) -> tuple[Places, Places]:
    """For each context the first `most` of each of `leaders` that its user has not used up, so that a user who has had
    the whole top still gets as many candidates: where they stand among all leaders, int64[n], each row only where it
    came last, and where each list begins, int64[b + 1].
    """
    together, catalogue = np.concatenate(leaders), contexts[0].catalogue
    passed = [had(context, together) for context in contexts]
    lengths = np.array([len(one) for one in passed])
    kinds = np.array([len(one) for one in leaders])
    at, bounds = _unused(together, kinds, np.concatenate(passed), lengths, most, catalogue.scratch().places)
    return at, bounds


def had(context: Context, leaders: Rows) -> Rows:
    """Rows that the user has used up: all of the history's, and those of `leaders` that are older."""
    used, seen = context.taste.used, context.profile.seen
    if not len(seen):
        return used
    return np.concatenate((used, leaders[seen.contains(context.catalogue.hashes(leaders))]))


@compiled("UniTuple(i8[::1], 2)(i4[::1], i8[::1], i4[::1], i8[::1], i8, i4[::1])")
def _unused(  # noqa: PLR0917 - compiled functions take no keywords
    leaders: Rows, kinds: Places, used: Rows, lengths: Places, most: int, place: NDArray[np.int32]
) -> tuple[Places, Places]:
    """`kinds` int64[k]: how many leaders are of each kind; `lengths` int64[b]: how many of `used` are of each list;
    `place` as in accumulate.py.
    """
    found, bounds = np.empty(len(lengths) * len(kinds) * most, np.int64), np.zeros(len(lengths) + 1, np.int64)
    first = start = 0  # what stands last of the lists before lies in front of `start`
    for one in range(len(lengths)):
        count, leader = start, 0
        for size in kinds:
            full, behind = count + most, leader + size
            while leader < behind and count < full:
                row, among = leaders[leader], False
                for other in used[first : first + lengths[one]]:
                    among = among or other == row
                if not among:
                    found[count], place[row] = leader, count
                    count += 1
                leader += 1
            leader = behind
        first += lengths[one]
        end = start
        for at in range(start, count):
            if place[leaders[found[at]]] == at:
                found[end] = found[at]
                end += 1
        bounds[one + 1] = start = end
    return found[:start], bounds
