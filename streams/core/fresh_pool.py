"""The newest items with their vectors side by side, searched exactly: what the vector index may not show yet.

A ring: a new item takes the oldest one's place.
"""

from __future__ import annotations

import copy

import numpy as np

from streams.core.rows import UNKNOWN, Rows
from streams.core.vector_table import Vectors


class FreshPool:
    """`rows` int32[n] and `vectors` float32[n, d] lie beside each other; UNKNOWN marks a place whose item has gone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: Rows = np.full(0, UNKNOWN, dtype=np.int32)
        self._vectors: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._place: dict[int, int] = {}
        self._next = 0
        self._used = 0

    @property
    def rows(self) -> Rows:
        return self._rows[: self._used]

    @property
    def vectors(self) -> Vectors:
        return self._vectors[: self._used]

    def put(self, row: int, vector: Vectors) -> None:
        """A new item, or a known one's new vector. `vector` float32[d] is all zeros where it can't be compared."""
        if self._vectors.shape[1] != len(vector) or not len(self._rows):
            self._resize(len(vector))
        place = self._place.get(row)
        if place is None:
            place = self._next
            self._next = (self._next + 1) % self._most
            self._used = max(self._used, place + 1)
            self._place.pop(int(self._rows[place]), None)
            self._place[row] = place
            self._rows[place] = row
        self._vectors[place] = vector

    def amend(self, row: int, vector: Vectors) -> None:
        """A known item's vector has come; nothing happens for an item that is not (or no longer) here."""
        if row in self._place:
            self.put(row, vector)

    def twin(self, vectors: Vectors) -> FreshPool:
        """The same places with other vectors float32[n, d]; it shares the rows and is for reading at once."""
        made = copy.copy(self)
        made._vectors = vectors
        return made

    def drop(self, row: int) -> None:
        place = self._place.pop(row, None)
        if place is not None:
            self._rows[place] = UNKNOWN
            self._vectors[place] = 0

    def renew(self, vectors: Vectors) -> None:
        """Other vectors for the same places (the encoder version in use has changed): float32[n, d]."""
        self._resize(vectors.shape[1])
        self._vectors[: len(vectors)] = vectors

    def newest(self) -> Rows:
        """int32[n]: items newest first."""
        ring = np.concatenate((self._rows[: self._next][::-1], self.rows[self._next :][::-1]))
        newest: Rows = ring[ring != UNKNOWN]
        return newest

    def _resize(self, dimension: int) -> None:
        self._vectors = np.zeros((self._most, dimension), dtype=np.float32)
        if not len(self._rows):
            self._rows = np.full(self._most, UNKNOWN, dtype=np.int32)
