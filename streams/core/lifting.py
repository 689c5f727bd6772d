"""What is added to the scores of little known candidates, so that they come in where they fit and are learned about.

A ranker that learns from acts expects too little of items that few have met: nobody acts on what nobody is shown. So an
item with few acts is lifted by as much as `cold_lift` says, the less the more often it was shown in vain, give or take
a draw that is wide while nothing is known and narrow later (Thompson 1933; Chapelle and Li, "An empirical evaluation of
Thompson sampling", NIPS 2011). A place kept for such items costs the others more than the lift does (docs/quality.md).
The seed is made of the list's inputs: the same inputs draw the same items.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_128
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.exploration import UNTRIED_BELOW, uniform
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.segments import Places

SHOWN = np.float32(30)
"""Impressions in vain that halve the lift: about as many as an item that fits needs until somebody takes it."""

SPREAD = np.float32(0.2)
"""How far apart two draws for an item that nobody was shown lie, as a share of the lift."""

_ONE = np.float32(1)


class Lifted(NamedTuple):
    """Beside the candidates of all lists: what is added to their scores float32[n], and which few have met bool[n]."""

    lift: Floats
    untried: NDArray[np.bool_]


def lifted(pools: Pools, contexts: Sequence[Context]) -> Lifted:
    """Those of all lists. The bits come from a hash, which is made ten times faster than a generator."""
    view, most = contexts[0].statistics, contexts[0].tuning.cold_lift
    acts = view.acts(pools.rows)
    untried = acts < UNTRIED_BELOW
    if not most:
        return Lifted(np.zeros(len(acts), dtype=np.float32), untried)
    at = np.flatnonzero(untried)
    sizes = np.diff(at.searchsorted(pools.lists.bounds)).tolist()
    raw = b"".join(
        [
            shake_128(b"lift" + context.seed.to_bytes(8)).digest(4 * size)
            for context, size in zip(contexts, sizes, strict=True)
        ]
    )
    bits = np.frombuffer(raw, dtype="<u4")
    return Lifted(_lift(at, acts[at], view.impressions(pools.rows[at]), bits, most, len(acts)), untried)


@compiled("f4[::1](i8[::1], f4[::1], f4[::1], Array(u4, 1, 'C', readonly=True), f4, i8)")
def _lift(  # noqa: PLR0917 - compiled functions take no keywords
    untried: Places, acts: Floats, shown: Floats, bits: NDArray[np.uint32], most: float, candidates: int
) -> Floats:
    """float32[candidates]; of the `untried` int64[m] ones how often they were liked and shown, and random bits."""
    lift = np.zeros(candidates, np.float32)
    for one in range(len(untried)):
        hidden = SHOWN / (SHOWN + max(np.float32(0), shown[one] - acts[one]))
        chance = uniform(bits[one])
        noise = np.log(chance / (_ONE - chance))  # from a logistic distribution
        lift[untried[one]] = most * (hidden + SPREAD * np.sqrt(hidden) * noise)
    return lift
