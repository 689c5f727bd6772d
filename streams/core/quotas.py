"""Places of a list that are kept for items of a kind: for those that few have met, for new ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.core.best import best_of
from streams.core.candidates.base import Floats
from streams.core.compiled import compiled
from streams.core.segments import Places

Kinds = NDArray[np.bool_]
BY_SCORE: Final = -1
LITTLE_KNOWN: Final = 0
NEW: Final = 1
KINDS: Final = 2


@compiled("i8(b1[:, ::1], i8, i8[::1])")
def _number(kinds: Kinds, kind: int, listed: Places) -> int:
    """How many of the list are of a kind."""
    number = 0
    for at in listed:
        number += kinds[at, kind]
    return number


@compiled("i8(b1[:, ::1], i8, i8[::1], i8[::1])")
def _leaves(kinds: Kinds, wanting: int, least: Places, listed: Places) -> int:
    """The last place of the list whose item can go for one of the kind `wanting`; -1 when all are needed. Kinds that
    were seen to before have what they are to have, and keep it.
    """
    for place in range(len(listed) - 1, -1, -1):
        needed = kinds[listed[place], wanting]
        for kind in range(wanting):
            needed = needed or (kinds[listed[place], kind] and _number(kinds, kind, listed) <= least[kind])
        if not needed:
            return place
    return -1


@compiled("i8[::1](f4[::1], b1[:, ::1], i8, i8[::1], i8)")
def _waiting(scores: Floats, kinds: Kinds, kind: int, listed: Places, most: int) -> Places:
    """The best `most` candidates of a kind that have no place yet, best first."""
    waits = kinds[:, kind].copy()
    for at in listed:
        waits[at] = False
    at = np.flatnonzero(waits)
    return at[best_of(scores[at], most)]


@compiled("Tuple((i8[::1], i1[::1]))(f4[::1], b1[:, ::1], i8[::1], i8[::1], i8)")
def kept(scores: Floats, kinds: Kinds, least: Places, chosen: Places, most: int) -> tuple[Places, NDArray[np.int8]]:
    """The list with at least so many of each kind as `least` int64[KINDS] says, as far as there are any: where its
    items stand among the candidates, and for which kind each was brought in (BY_SCORE for none).

    `scores` float32[n] and `kinds` bool[n, KINDS] are the candidates'; `chosen` the list so far, at most `most` long.
    Who comes in stands at the end; whoever has to go for it is the last one that no kind needs.
    """
    found, brought = np.empty(most, np.int64), np.full(most, BY_SCORE, np.int8)
    count = len(chosen)
    found[:count] = chosen
    for kind in range(KINDS):
        missing = least[kind] - _number(kinds, kind, found[:count])
        if missing <= 0:
            continue
        for candidate in _waiting(scores, kinds, kind, found[:count], missing):
            if count == most:
                out = _leaves(kinds, kind, least, found)
                if out < 0:
                    break
                count -= 1
                for place in range(out, count):
                    found[place], brought[place] = found[place + 1], brought[place + 1]
            found[count], brought[count] = candidate, kind
            count += 1
    return found[:count], brought[:count]
