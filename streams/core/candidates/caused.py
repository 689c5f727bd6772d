"""Who answers for a proposal: shared by the sources that find an item's cause in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from streams.core.candidates.base import NO_CAUSE, Candidates, Context


class Uncaused:
    """The proposals come from no item of the user's."""

    def causes(self, rows: Sequence[int], given: Candidates, context: Context) -> list[int]:
        return [NO_CAUSE] * len(rows)


class Caused:
    """The proposals name the liked item that gave most."""

    def causes(self, rows: Sequence[int], given: Candidates, context: Context) -> list[int]:
        if given.causes is None:
            return [NO_CAUSE] * len(rows)
        known = dict(zip(given.rows.tolist(), given.causes.tolist(), strict=True))
        return [known.get(row, NO_CAUSE) for row in rows]


class CausedByLikeness:
    """The liked item whose vector is closest answers; nobody for a user without any."""

    def causes(self, rows: Sequence[int], given: Candidates, context: Context) -> list[int]:
        return context.nearest_liked(rows)
