"""Which items are kin: they share rare words (words.py), as parts of one story or works of one hand do."""

from __future__ import annotations

from itertools import chain

import numpy as np

from streams.core.best import best_of
from streams.core.compiled import compiled
from streams.core.edges import Edges, Lists
from streams.core.rows import Rows
from streams.core.words import Floats, WordTable

KIN = 10
"""How many of its nearest an item names; as many of those that name it are remembered."""

COMMON = 300
"""A word that more items have makes nobody kin by itself."""


class Kin:
    """Found once, when an item comes: whoever comes later and is nearer names it."""

    def __init__(self, words: WordTable) -> None:
        self._words = words
        self._with: dict[int, list[int]] = {}  # by bucket the rows that have it, COMMON of them at most
        self._edges = Edges(most_back=KIN)
        self._place: Rows = np.zeros(0, dtype=np.int32)

    def put(self, row: int, buckets: list[int], width: int) -> None:
        """The row has the words `buckets`, which the table knows already. `width` is above every row."""
        self._edges.fit(width)
        if len(self._place) < width:
            self._place = np.zeros(2 * width, dtype=np.int32)
        rare = [bucket for bucket in buckets if self._words.count(bucket) <= COMMON]
        sharing = np.fromiter(chain.from_iterable(self._with.get(bucket, ()) for bucket in rare), dtype=np.int32)
        words, logs, log_count = self._words.arrays()
        ends, cosines = _nearest(words, logs, log_count, row, sharing, self._place, KIN)
        self._edges.replace(row, ends, cosines.astype(np.float64))
        for bucket in buckets:
            rows = self._with.setdefault(bucket, [])
            if len(rows) < COMMON:
                rows.append(row)

    def drop(self, row: int, buckets: list[int]) -> None:
        """The row no longer has the words `buckets`."""
        for bucket in buckets:
            rows = self._with.get(bucket, [])
            if row in rows:
                rows.remove(row)
            if not rows:
                self._with.pop(bucket, None)
        self._edges.forget(row)

    def of(self, rows: Rows) -> tuple[Rows, Floats, Rows]:
        """The kin of each of `rows`: int32[m], their cosines float32[m], and to which of `rows` each belongs, int32[m]
        rising. One that names each other appears twice.
        """
        ends, logs, at = self._edges.both(rows)
        return ends, np.exp2(logs), at

    def lists(self, width: int) -> tuple[Lists, Lists, Rows]:
        """The same as arrays, for compiled functions: those that each row names, those that name it, and the rows'
        generations (edges.py). The logs are those of the cosines. Answers for rows below `width`.
        """
        return self._edges.ends(width)


@compiled("f4(i4[:, ::1], f4[::1], f4, i8, i8)")
def _cosine(words: Rows, logs: Floats, log_count: float, one: int, other: int) -> float:
    """Of the rarities of two rows' words, which lie in rising order."""
    mine, theirs = words[one], words[other]
    shared, square, other_square = np.float32(0), np.float32(1e-12), np.float32(1e-12)
    at = there = 0
    while at < len(mine) and mine[at] >= 0:
        square += (log_count - logs[mine[at]]) ** 2
        while there < len(theirs) and 0 <= theirs[there] < mine[at]:
            there += 1
        if there < len(theirs) and theirs[there] == mine[at]:
            shared += (log_count - logs[mine[at]]) ** 2
        at += 1
    for word in theirs:
        if word >= 0:
            other_square += (log_count - logs[word]) ** 2
    cosine: float = shared / np.sqrt(square * other_square)
    return cosine


@compiled("Tuple((i4[::1], f4[::1]))(i4[:, ::1], f4[::1], f4, i8, i4[::1], i4[::1], i8)")
def _nearest(  # noqa: PLR0917 - compiled functions take no keywords
    words: Rows, logs: Floats, log_count: float, row: int, sharing: Rows, place: Rows, most: int
) -> tuple[Rows, Floats]:
    """The `most` rows of `sharing` (with repeats) nearest to `row`, nearest first; `place` as in accumulate.py."""
    rows, cosines = np.empty(len(sharing), np.int32), np.empty(len(sharing), np.float32)
    count = 0
    for other in sharing:
        where = place[other]
        if other == row or (0 <= where < count and rows[where] == other):
            continue
        place[other], rows[count] = count, other
        cosines[count] = _cosine(words, logs, log_count, row, other)
        count += 1
    best = best_of(cosines[:count], most)
    return rows[best], cosines[best]
