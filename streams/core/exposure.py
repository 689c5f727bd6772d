"""Items that a user was shown again and again and did nothing with: they rest for a while, and others get their places.

Any act but an impression or a skip uses an item up (actions.py), so what was shown and is still available was ignored.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.core.profile import Profile
from streams.core.tuning import Tuning

_NOBODY = np.empty(0, dtype=np.uint32)


def resting(profile: Profile, now: float, tuning: Tuning) -> NDArray[np.uint32]:
    """uint32[n] hashes of the items that rest at `now` (Unix s). A profile without impressions costs nothing."""
    cap = tuning.exposure_cap
    if not cap or len(profile.exposures) < cap:
        return _NOBODY
    times: dict[int, list[int]] = {}
    for shown in profile.exposures:
        times.setdefault(shown.item, []).append(shown.s)
    found = [item for item, seconds in times.items() if now < _rests_until(seconds, tuning)]
    return np.array(found, dtype=np.uint32) if found else _NOBODY


def rests(item_hash: int, profile: Profile, tuning: Tuning) -> tuple[int, float]:
    """How often the user remembers an item from, and until when it rests (Unix s; 0 = it does not)."""
    seconds = [shown.s for shown in profile.exposures if shown.item == item_hash]
    return len(seconds), _rests_until(seconds, tuning) if tuning.exposure_cap else 0.0


def _rests_until(seconds: Sequence[int], tuning: Tuning) -> float:
    """Of an item shown at these times, oldest first: the last time that it was once too often within the window begins
    a rest. 0 for one that never was.
    """
    cap = tuning.exposure_cap
    for last in range(len(seconds) - 1, cap - 2, -1):
        if seconds[last] - seconds[last - cap + 1] <= tuning.exposure_window_s:
            return seconds[last] + tuning.exposure_rest_s
    return 0.0
