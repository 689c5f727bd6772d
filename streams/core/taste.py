"""A profile's history as arrays over the catalogue: what was liked and disliked, how strongly, with which vectors.

Strengths decay with the age of an act *relative to the user's newest act*, and with each step back: they depend on the
history only, so nothing moves while a user is away and a list can be made again exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.core.actions import CONSUMES, POSITIVE_FROM, WEIGHTS
from streams.core.catalogue import Catalogue
from streams.core.profile import Profile
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.tuning import Tuning
from streams.core.vector_table import Vectors

Floats = NDArray[np.float32]
STEP = 0.95


@dataclass(frozen=True, slots=True)
class Taste:
    """Newest first. `liked` int32[n] rows, `strength` float32[n] > 0, `grades` uint8[n], `vectors` float32[n, d];
    `disliked` int32[m], `disliked_vectors` float32[m, d]; `used` int32[u]: rows that may not be shown again.
    Items the catalogue doesn't know (yet) are left out: they count once it does.
    """

    liked: Rows
    strength: Floats
    grades: NDArray[np.uint8]
    vectors: Vectors
    disliked: Rows
    disliked_vectors: Vectors
    used: Rows


def taste_of(profile: Profile, catalogue: Catalogue, tuning: Tuning) -> Taste:
    """Read a profile against the catalogue as it is now. Rows are valid until the catalogue changes."""
    acts = profile.acts[::-1]
    rows = catalogue.rows.find_all([act.item_id for act in acts])
    grades = np.array([act.grade for act in acts], dtype=np.uint8)
    newest_ms = acts[0].ms if acts else 0
    age_s = np.array([newest_ms - act.ms for act in acts], dtype=np.float64) / 1000
    weights = WEIGHTS[grades]
    known = catalogue.alive(rows)
    liked = _first_of_each(rows, (known & (weights >= POSITIVE_FROM)).nonzero()[0])
    disliked = (known & (weights < 0)).nonzero()[0]
    steps = np.float32(STEP) ** np.arange(len(liked), dtype=np.float32)
    strength = weights[liked] * np.exp2(-age_s[liked] / tuning.half_life_s) * steps
    both = np.concatenate((rows[liked], rows[disliked]))
    vectors = catalogue.vectors(both)
    return Taste(
        liked=both[: len(liked)],
        strength=strength.astype(np.float32),
        grades=grades[liked],
        vectors=vectors[: len(liked)],
        disliked=both[len(liked) :],
        disliked_vectors=vectors[len(liked) :],
        used=rows[known & CONSUMES[grades]],
    )


def _first_of_each(rows: Rows, at: Places) -> Places:
    """Of the places `at` in `rows` the first per row: the newest act per item counts, so that liking and then buying an
    item is one taste, not two.
    """
    first: dict[int, int] = {}
    for row, place in zip(rows[at].tolist(), at.tolist(), strict=True):
        first.setdefault(row, place)
    return at if len(first) == len(at) else np.array(list(first.values()), dtype=np.intp)
