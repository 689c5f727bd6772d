"""Shared by the sources whose proposals come from no item of the user's."""

from __future__ import annotations

from streams.core.candidates.base import NO_CAUSE, Candidates, Context


class Uncaused:
    """A source that names no cause."""

    def cause(self, row: int, given: Candidates, context: Context) -> int:
        return NO_CAUSE
