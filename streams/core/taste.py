"""A profile's history as arrays over the catalogue: what was liked and disliked, how strongly, with which vectors.

Strengths decay with the age of an act *relative to the user's newest like*, and with each step back: they depend on
the history only, so nothing moves while a user is away and a list can be made again exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    """Newest first. `liked` int32[n] rows, `strength` float32[n] (the newest's is above 0, what is long past beside it
    may have 0), `grades` uint8[n], `vectors` float32[n, d]; `disliked` int32[m], `disliked_vectors` float32[m, d];
    `used` int32[u]: rows that may not be shown again.
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
    """`tastes_of` one."""
    return tastes_of([profile], catalogue, tuning)[0]


def tastes_of(profiles: Sequence[Profile], catalogue: Catalogue, tuning: Tuning) -> list[Taste]:
    """Read profiles against the catalogue as it is now. Rows are valid until the catalogue changes."""
    acts = [act for profile in profiles for act in reversed(profile.acts)]
    times, _, graded, item_ids = zip(*acts, strict=True) if acts else ((), (), (), ())
    sizes = np.array([len(profile.acts) for profile in profiles], dtype=np.intp)
    rows = catalogue.rows.find_all(item_ids)
    grades, ms = np.array(graded, dtype=np.uint8), np.array(times, dtype=np.int64)
    known = catalogue.alive(rows)
    liked, strength, disliked, used, bounds = _told(
        rows, grades, ms, sizes, known, tuning.half_life_s, WEIGHTS, CONSUMES
    )
    both = np.concatenate((rows[liked], rows[disliked]))
    vectors = catalogue.vectors(both)
    liked_rows, disliked_rows, used_rows = both[: len(liked)], both[len(liked) :], rows[used]
    graded_likes, disliked_vectors = grades[liked], vectors[len(liked) :]
    return [
        Taste(
            liked=liked_rows[first:last],
            strength=strength[first:last],
            grades=graded_likes[first:last],
            vectors=vectors[first:last],
            disliked=disliked_rows[first_no:last_no],
            disliked_vectors=disliked_vectors[first_no:last_no],
            used=used_rows[first_used:last_used],
        )
        for (first, first_no, first_used), (last, last_no, last_used) in pairwise(bounds.tolist())
    ]


@compiled(
    "Tuple((i8[::1], f4[::1], i8[::1], i8[::1], i8[:, ::1]))"
    "(i4[::1], u1[::1], i8[::1], i8[::1], b1[::1], f8, f4[::1], b1[::1])"
)
def _told(  # noqa: PLR0917 - compiled functions take no keywords
    rows: Rows,
    grades: NDArray[np.uint8],
    ms: NDArray[np.int64],
    sizes: Places,
    known: NDArray[np.bool_],
    half_life_s: float,
    weight_of: Floats,
    consumes: NDArray[np.bool_],
) -> tuple[Places, Floats, Places, Places, Places]:
    """Of acts, user by user, newest first: the places of the liked ones with their strengths, of the disliked and of
    the used up; and where each user's begin among these, int64[b + 1, 3].

    The newest act per item counts as liking, so that liking and then buying an item is one taste, not two.
    """
    n = len(rows)
    liked, disliked, used = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    strength, bounds = np.empty(n, np.float32), np.zeros((len(sizes) + 1, 3), np.int64)
    likes = dislikes = uses = newest = 0
    for one in range(len(sizes)):
        first, since = likes, np.int64(0)
        for at in range(newest, newest + sizes[one]):
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
                for before in liked[first:likes]:
                    again = again or rows[before] == rows[at]
                if not again:
                    if likes == first:  # beside an act of today that is no like, likes of years ago would all be 0
                        since = ms[at]
                    age_s = (since - ms[at]) / 1000
                    strength[likes] = weight * 2.0 ** (-age_s / half_life_s) * STEP ** (likes - first)
                    liked[likes] = at
                    likes += 1
        newest += sizes[one]
        bounds[one + 1, 0], bounds[one + 1, 1], bounds[one + 1, 2] = likes, dislikes, uses
    return liked[:likes], strength[:likes], disliked[:dislikes], used[:uses], bounds
