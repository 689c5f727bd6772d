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
from streams.core.compiled import compiled
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
    times, _, graded, item_ids = zip(*profile.acts[::-1], strict=True) if profile.acts else ((), (), (), ())
    rows = catalogue.rows.find_all(item_ids)
    grades, ms = np.array(graded, dtype=np.uint8), np.array(times, dtype=np.int64)
    known = catalogue.alive(rows)
    liked, strength, disliked, used = _told(rows, grades, ms, known, tuning.half_life_s, WEIGHTS, CONSUMES)
    both = np.concatenate((rows[liked], rows[disliked]))
    vectors = catalogue.vectors(both)
    return Taste(
        liked=both[: len(liked)],
        strength=strength,
        grades=grades[liked],
        vectors=vectors[: len(liked)],
        disliked=both[len(liked) :],
        disliked_vectors=vectors[len(liked) :],
        used=rows[used],
    )


@compiled("Tuple((i8[::1], f4[::1], i8[::1], i8[::1]))(i4[::1], u1[::1], i8[::1], b1[::1], f8, f4[::1], b1[::1])")
def _told(  # noqa: PLR0917 - compiled functions take no keywords
    rows: Rows,
    grades: NDArray[np.uint8],
    ms: NDArray[np.int64],
    known: NDArray[np.bool_],
    half_life_s: float,
    weight_of: Floats,
    consumes: NDArray[np.bool_],
) -> tuple[Places, Floats, Places, Places]:
    """Of acts, newest first: the places of the liked ones with their strengths, of the disliked and of the used up.

    The newest act per item counts as liking, so that liking and then buying an item is one taste, not two.
    """
    n = len(rows)
    liked, disliked, used = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    strength = np.empty(n, np.float32)
    likes = dislikes = uses = 0
    for at in range(n):
        if not known[at]:
            continue
        weight = weight_of[grades[at]]
        if consumes[grades[at]]:
            used[uses] = at
            uses += 1
        if weight < 0:
            disliked[dislikes] = at
            dislikes += 1
        elif weight >= POSITIVE_FROM:
            again = False
            for before in liked[:likes]:
                again = again or rows[before] == rows[at]
            if not again:
                age_s = (ms[0] - ms[at]) / 1000
                strength[likes] = weight * 2.0 ** (-age_s / half_life_s) * STEP**likes
                liked[likes] = at
                likes += 1
    return liked[:likes], strength[:likes], disliked[:dislikes], used[:uses]
