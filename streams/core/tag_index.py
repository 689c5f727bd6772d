"""Which items carry a tag: so that a list of one tag does not have to look at the whole catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from streams.core.rows import Rows


class TagIndex:
    """Tag to rows, kept in step by whoever changes a card."""

    def __init__(self) -> None:
        self._rows: dict[str, set[int]] = {}

    def change(self, row: int, before: Iterable[str], after: Iterable[str]) -> None:
        """The row's card had the tags `before` and has `after` now; either may be empty."""
        for tag in before:
            rows = self._rows.get(tag)
            if rows is not None:
                rows.discard(row)
                if not rows:
                    del self._rows[tag]
        for tag in after:
            self._rows.setdefault(tag, set()).add(row)

    def any_of(self, tags: Collection[str]) -> Rows:
        """int32[n]: rows that carry at least one of the tags, ascending."""
        found = set().union(*(self._rows.get(tag, ()) for tag in tags))
        return np.array(sorted(found), dtype=np.int32)
