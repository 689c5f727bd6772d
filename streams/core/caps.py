"""How many places of a list one label (first tag, creator) may take."""

from __future__ import annotations

import numpy as np

from streams.core.catalogue import NO_TAG
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places

SURE_AFTER = np.float32(10)
"""So many likes until half of what they say of a taste is believed."""


def scaled_cap(cap: int, places: int, usual: int) -> int:
    """A cap meant for lists of the usual length, for a list of `places`."""
    return max(1, -(-cap * places // max(1, usual)))


@compiled("i8[::1](i4[::1], i4[::1], i8, f4)")
def tag_caps(tags: Rows, liked: Rows, least: int, fair: float) -> Places:
    """int64[n]: the most places for the first tag of each candidate, `tags` int32[n].

    `least` for every tag; for one that a large share of the user's likes has (their first tags `liked` int32[m]), that
    share of `fair` places: who likes little else is not kept from it (calibration; Steck, RecSys 2018).
    """
    caps = np.full(len(tags), least, np.int64)
    for at in range(len(tags)):
        if tags[at] == NO_TAG:
            continue
        shared = 0
        for tag in liked:
            shared += tag == tags[at]
        share = np.float32(shared) / (np.float32(len(liked)) + SURE_AFTER)
        places = np.int64(np.ceil(fair * share))
        if places > least:
            caps[at] = places
    return caps
