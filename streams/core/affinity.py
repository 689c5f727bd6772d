"""How much of what a user liked shares a candidate's labels (tags, creator)."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.candidates.pool import Pools
from streams.core.catalogue import NO_TAG, Catalogue
from streams.core.compiled import compiled
from streams.core.histories import Histories
from streams.core.rows import Rows
from streams.core.segments import Places


def affinities(pools: Pools, histories: Histories, catalogue: Catalogue) -> tuple[Floats, Floats]:
    """float32[n] twice, for tags and for the creator: the share of the user's liked mass that has each label of a
    candidate, averaged over its labels.
    """
    tags, creators = catalogue.labels()
    sums = catalogue.scratch().sums
    given = (pools.rows, pools.lists.sizes, histories.liked, histories.strength, histories.likes)
    return _affinity(*given, tags, sums), _affinity(*given, creators[:, None], sums)


@compiled("f4[::1](i4[::1], i8[::1], i4[::1], f4[::1], i8[::1], i4[:, ::1], f4[::1])")
def _affinity(  # noqa: PLR0917 - compiled functions take no keywords
    rows: Rows, lists: Places, liked: Rows, strength: Floats, sizes: Places, labels: Rows, mass: Floats
) -> Floats:
    """`lists` int64[b]: how many of `rows` belong to each list, `sizes` int64[b]: how many of `liked`. `mass` is as
    long as there are labels and full of zeros, also afterwards.
    """
    found = np.zeros(len(rows), np.float32)
    candidate = like = 0
    for one in range(len(lists)):
        likes = slice(like, like + sizes[one])
        like += sizes[one]
        total = strength[likes].sum()
        for at in range(likes.start, likes.stop):
            for label in labels[liked[at]]:
                if label != NO_TAG:
                    mass[label] += strength[at] / total
        for at in range(candidate, candidate + lists[one]):
            count = 0
            for label in labels[rows[at]]:
                if label != NO_TAG:
                    found[at] += mass[label]
                    count += 1
            found[at] /= max(count, 1)
        candidate += lists[one]
        for at in range(likes.start, likes.stop):
            for label in labels[liked[at]]:
                if label != NO_TAG:
                    mass[label] = 0
    return found
