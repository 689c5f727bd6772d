"""The words an item goes by: those of its title, its tags, its creator, and the values of its attributes.

They tell what vectors blur: the second part of a story, the same hand behind it, the same people in it. Words are
hashed into buckets (Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009), so that the
table is as small as the catalogue whatever people write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from streams.core.growing import grown
from streams.core.hashing import item_hash
from streams.core.rows import Rows
from streams.events import ItemCard

WORDS = 20
"""How many words of an item are kept. Who made it and who is in it come first: a title may be long."""
BUCKETS = 1 << 18
NO_WORD = -1
_IN_TITLE = re.compile(r"\w{2,}")

Floats = NDArray[np.float32]


def words_of(card: ItemCard) -> list[str]:
    """At most WORDS distinct words. Values of attributes are split at commas, and none is taken for one of a title;
    numbers among them are no words (numbers.py).
    """
    return list(dict.fromkeys(_words(card)))[:WORDS]


def _words(card: ItemCard) -> Iterator[str]:
    if card.creator:
        yield f"creator:{card.creator.casefold()}"
    for name, value in sorted(card.attributes.items()):
        if isinstance(value, str):
            yield from (f"{name}:{part.strip().casefold()}" for part in value.split(",") if part.strip())
        elif value is True:
            yield name
    yield from (f"tag:{tag.casefold()}" for tag in card.tags)
    yield from _IN_TITLE.findall(card.title.casefold())


class WordTable:
    """By row the buckets of its words, and in how many items each bucket is."""

    def __init__(self) -> None:
        self._of: Rows = np.full((0, WORDS), NO_WORD, dtype=np.int32)
        self._items: Rows = np.zeros(BUCKETS, dtype=np.int32)
        self._logs: Floats = np.zeros(BUCKETS, dtype=np.float32)
        self._count = 0
        self._lengths: Floats = np.zeros(0, dtype=np.float32)
        self._as_of: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._edition = 1  # rises whenever what is counted of a word does

    def put(self, row: int, card: ItemCard) -> list[int]:
        """The row's words are those of `card` now: their buckets, rising. The row must have none."""
        self.fit(row + 1)
        buckets = sorted({item_hash(word) % BUCKETS for word in words_of(card)})
        self._of[row, : len(buckets)] = buckets
        self._count += bool(buckets)
        self._counted(buckets, 1)
        return buckets

    def drop(self, row: int) -> list[int]:
        """The row has no words any more: those it had."""
        if row >= len(self._of):
            return []
        buckets: list[int] = self._of[row][self._of[row] != NO_WORD].tolist()
        self._of[row] = NO_WORD
        self._count -= bool(buckets)
        self._counted(buckets, -1)
        return buckets

    def count(self, bucket: int) -> int:
        """How many items have it."""
        return int(self._items[bucket])

    def fit(self, length: int) -> None:
        """Answer for every row below `length`."""
        self._of = grown(self._of, length, NO_WORD)
        self._lengths = grown(self._lengths, length)
        self._as_of = grown(self._as_of, length)

    def arrays(self) -> tuple[Rows, Floats, float]:
        """By row its buckets int32[rows, WORDS], NO_WORD behind the last; by bucket the log of how many items have it
        float32[BUCKETS]; the log of how many items there are.
        """
        return self._of, self._logs, float(np.log1p(self._count))

    def lengths(self) -> tuple[Floats, NDArray[np.int64], int]:
        """For whoever measures a row's words to keep the length by row float32[rows]: true where int64[rows] says that
        it is of the edition in force, the third.
        """
        return self._lengths, self._as_of, self._edition

    def _counted(self, buckets: list[int], by: int) -> None:
        self._edition += 1
        self._items[buckets] += by
        self._logs[buckets] = np.log(np.maximum(1, self._items[buckets]))
