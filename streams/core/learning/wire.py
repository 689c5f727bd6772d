"""A ranker's state on the wire: what a partition's acts have taught, about 60 kB."""

from __future__ import annotations

from typing import Final

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.learning.state import VERSION, RankerState
from streams.events import RankerWeights

_NAMES: Final = ("linear", "squares", "network", "first", "second")


def weights_of(partition: int, state: RankerState) -> RankerWeights:
    """The state as it is published."""
    arrays = {name: getattr(state, name).astype("<f4").tobytes() for name in _NAMES}
    return RankerWeights(partition, VERSION, state.lessons, state.losses.tolist(), arrays)


def state_of(weights: RankerWeights) -> RankerState | None:
    """What `weights_of` wrote; None for the weights of another model (other features, another size), for arrays of the
    wrong size, and for numbers that are not finite: they are no use here.
    """
    start = RankerState.starting()
    if weights.version != VERSION or len(weights.losses) != len(start.losses):
        return None
    arrays: list[Floats] = []
    for name in _NAMES:
        like, raw = getattr(start, name), weights.arrays.get(name, b"")
        if len(raw) != like.nbytes:
            return None
        arrays.append(np.frombuffer(raw, dtype="<f4").astype(np.float32).reshape(like.shape))
    linear, squares, network, first, second = arrays
    state = RankerState(linear, squares, network, first, second, np.array(weights.losses), weights.lessons)
    return state if state.is_finite else None
