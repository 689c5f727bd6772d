"""Edges answer as a plain dictionary of lists would, however often lists are written again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.edges import Edges

ROWS = 6
LISTS = st.dictionaries(st.integers(0, ROWS - 1), st.integers(-8, 8), max_size=ROWS)
WRITES = st.lists(st.tuples(st.integers(0, ROWS - 1), LISTS, st.randoms(use_true_random=False)), max_size=12)


@given(WRITES)
def test_both_ends_tell_the_lists_as_they_were_written_last(writes: list[tuple[int, dict[int, int], object]]) -> None:
    edges, model = Edges(most_back=ROWS), dict[int, dict[int, int]]()
    edges.fit(ROWS)
    for row, logs_of, random in writes:
        order = list(logs_of)
        random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis's Random is not public
        ends = np.array(order, dtype=np.int32)
        edges.replace(row, ends, np.exp2([logs_of[end] for end in order]), log_shift=1.0)
        model[row] = {end: log + 1 for end, log in logs_of.items()}
    for row in range(ROWS):
        one = np.array([row], dtype=np.int32)
        ends, logs, _ = edges.back(one)
        expected = {other: logs_of[row] for other, logs_of in model.items() if row in logs_of}
        assert dict(zip(ends.tolist(), logs.tolist(), strict=True)) == expected
        both, _, _ = edges.both(one)
        assert sorted(both.tolist()) == sorted([*model.get(row, {}), *expected])
