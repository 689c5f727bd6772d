"""How much of what a user liked shares a candidate's labels (tags, creator)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.catalogue import NO_TAG
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places


def affinities(pools: Pools, contexts: Sequence[Context]) -> tuple[Floats, Floats]:
    """float32[n] twice, for tags and for the creator: the share of the user's liked mass that has each label of a
    candidate, averaged over its labels.
    """
    tastes = [context.taste for context in contexts]
    liked = np.concatenate([taste.liked for taste in tastes])
    strength = np.concatenate([taste.strength for taste in tastes])
    sizes = np.array([len(taste.liked) for taste in tastes])
    tags, creators = contexts[0].catalogue.labels()
    sums = contexts[0].catalogue.scratch().sums
    given = (pools.rows, pools.lists.sizes, liked, strength, sizes)
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
