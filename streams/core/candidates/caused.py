"""Who answers for a proposal: shared by the sources that find an item's cause in the same way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import NO_CAUSE, Asked, Candidates
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.vector_table import NO_SLOT, Vectors

_NOBODY: Rows = np.empty(0, np.int32)


class Uncaused:
    """The proposals come from no item of the user's."""

    def causes(self, asked: Sequence[Asked]) -> list[list[int]]:
        return [[NO_CAUSE] * len(one.rows) for one in asked]


class Caused:
    """The proposals name the liked item that gave most."""

    def causes(self, asked: Sequence[Asked]) -> list[list[int]]:
        known = [one.given if one.given.causes is not None else Candidates.none() for one in asked]
        rows, sizes = _flat([one.rows for one in asked])
        given = np.concatenate([one.rows for one in known])
        causes = np.concatenate([_NOBODY if one.causes is None else one.causes for one in known])
        return _parts(_found(rows, sizes, given, causes, np.array([len(one.rows) for one in known])), asked)


class CausedByLikeness:
    """The liked item whose vector is closest answers; nobody for a user without any."""

    def causes(self, asked: Sequence[Asked]) -> list[list[int]]:
        return nearest_liked(asked)


def nearest_liked(asked: Sequence[Asked]) -> list[list[int]]:
    """For each row the liked item whose vector is closest to its own; NO_CAUSE without any."""
    rows, sizes = _flat([one.rows for one in asked])
    liked = [one.context.taste.liked for one in asked]
    likes = np.array([len(one) for one in liked])
    slots = asked[0].context.catalogue.vector_slots()
    return _parts(_nearest(*slots, rows, sizes, np.concatenate(liked), likes), asked)


def _flat(lists: Sequence[Sequence[int]]) -> tuple[Rows, Places]:
    return np.array([row for one in lists for row in one], dtype=np.int32), np.array([len(one) for one in lists])


def _parts(causes: Rows, asked: Sequence[Asked]) -> list[list[int]]:
    left = iter(causes.tolist())
    return [[next(left) for _ in one.rows] for one in asked]


@compiled("i4[::1](i4[::1], i8[::1], i4[::1], i4[::1], i8[::1])")
def _found(rows: Rows, sizes: Places, known: Rows, causes: Rows, lengths: Places) -> Rows:
    """int32[n], list by list: what stands in `causes` where `known` has each of `rows`; NO_CAUSE where it has none.
    Of `rows` each list has as many as `sizes` says, of `known` as `lengths` does.
    """
    found = np.full(len(rows), NO_CAUSE, np.int32)
    start = first = 0
    for one in range(len(sizes)):
        for at in range(start, start + sizes[one]):
            for other in range(first, first + lengths[one]):
                if known[other] == rows[at]:
                    found[at] = causes[other]
                    break
        start += sizes[one]
        first += lengths[one]
    return found


@compiled("i4[::1](f4[:, ::1], i4[::1], i4[::1], i8[::1], i4[::1], i8[::1])")
def _nearest(  # noqa: PLR0917 - compiled functions take no keywords
    vectors: Vectors, slots: Rows, rows: Rows, sizes: Places, liked: Rows, likes: Places
) -> Rows:
    """int32[n], list by list: the first of its `likes` int64[b] nearest to each of its `sizes` int64[b] rows."""
    found = np.full(len(rows), NO_CAUSE, np.int32)
    start = first = 0
    for one in range(len(sizes)):
        for at in range(start, start + sizes[one]):
            mine, best = slots[rows[at]], np.float32(-np.inf)
            for like in liked[first : first + likes[one]]:
                theirs, cosine = slots[like], np.float32(0)
                if min(mine, theirs) != NO_SLOT:
                    for i in range(vectors.shape[1]):
                        cosine += vectors[mine, i] * vectors[theirs, i]
                if cosine > best:
                    best, found[at] = cosine, like
        start += sizes[one]
        first += likes[one]
    return found
