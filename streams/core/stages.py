"""How far along a user is, by how many items they liked before: beginners and regulars take to different items."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

FROM: Final = (0, 1, 4, 10, 25)
"""A stage begins with this many items liked before."""

STAGES: Final = len(FROM)
PAST_COUNTED: Final = FROM[-1]
"""Nobody counts further: a profile keeps more acts than this, so a replay counts the same."""

STAGE_OF: Final[NDArray[np.intp]] = np.searchsorted(FROM, np.arange(PAST_COUNTED + 1), side="right") - 1
"""int[PAST_COUNTED + 1]: the stage of a user by items liked before."""


def stage_of(past: int) -> int:
    """The stage of a user who liked `past` items before."""
    return int(STAGE_OF[min(max(past, 0), PAST_COUNTED)])
