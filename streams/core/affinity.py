"""How much of what a user liked shares a candidate's labels (tags, creator, language)."""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.candidates.pool import Pools
from streams.core.catalogue import NO_TAG, Catalogue
from streams.core.compiled import compiled
from streams.core.histories import Histories
from streams.core.rows import Rows
from streams.core.segments import Places


def affinities(pools: Pools, histories: Histories, catalogue: Catalogue) -> tuple[Floats, Floats, Floats]:
    """float32[n] three times, for tags, the creator and the language: the share of the user's liked mass that has each
    label of a candidate, averaged over its labels. One that names no language has that of the list's others: nobody
    said that the user cannot read it.
    """
    tags, creators = catalogue.labels()
    sums = catalogue.scratch().sums
    given = (pools.rows, pools.lists.sizes, histories.liked, histories.strength, histories.likes)
    languages = catalogue.languages()
    labels = (tags, creators[:, None], languages[:, None])
    of_tags, of_creator, of_language = (_affinity(*given, one, sums) for one in labels)
    _even_out(of_language, languages[pools.rows], pools.lists.sizes)
    return of_tags, of_creator, of_language


@compiled("void(f4[::1], i4[::1], i8[::1])")
def _even_out(found: Floats, labels: Rows, lists: Places) -> None:
    """Give candidates without a label the mean of those in their list that have one."""
    start = 0
    for size in lists:
        total, count = np.float32(0), 0
        for at in range(start, start + size):
            if labels[at] != NO_TAG:
                total += found[at]
                count += 1
        for at in range(start, start + size):
            if labels[at] == NO_TAG:
                found[at] = total / max(count, 1)
        start += size


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
