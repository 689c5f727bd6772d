"""Thompson sampling over new items: what fits is tried, what was shown in vain no longer."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.exploration import draws

DRAWS = 2_000


def first_places(fits: list[float], acts: list[float], shown: list[float]) -> list[float]:
    """How often each item is drawn first."""
    random = np.random.default_rng(1)
    bits = random.integers(0, 2**32, size=(DRAWS, len(fits)), dtype=np.uint32)
    bits.flags.writeable = False
    told, taken, seen = (np.array(one, dtype=np.float32) for one in (fits, acts, shown))
    first = np.array([draws(told, taken, seen, one).argmax() for one in bits])
    return [float((first == at).mean()) for at in range(len(fits))]


def test_what_nobody_was_shown_is_tried_where_its_content_fits() -> None:
    close, middling, far = first_places([0.6, 0.5, 0.3], [0, 0, 0], [0, 0, 0])
    assert close > middling > max(far, 0.01)


def test_what_was_shown_in_vain_is_tried_no_longer() -> None:
    untried, passed_over = first_places([0.5, 0.5], [0, 0], [0, 60])
    assert untried > 0.9 > passed_over


def test_what_was_taken_at_once_is_shown_again() -> None:
    taken, untried = first_places([0.5, 0.5], [4, 0], [5, 0])
    assert taken > untried
