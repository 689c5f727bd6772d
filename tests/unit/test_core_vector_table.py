"""A table of vectors answers zeros for a row that has none, however full it is."""

from __future__ import annotations

import numpy as np

from streams.core.vector_table import VectorTable


def test_a_row_without_a_vector_gives_zeros_at_every_size_of_the_table() -> None:
    table, one = VectorTable(2), np.ones(2, dtype=np.float32)
    table.fit(301)
    for row in range(300):
        assert not table.get(np.array([300, -1], dtype=np.int32)).any()
        table.set(row, one)
        assert table.get(np.array([row], dtype=np.int32)).all()
    table.drop(7)
    assert not table.get(np.array([7], dtype=np.int32)).any()
