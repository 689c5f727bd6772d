"""What the users of several lists liked, one user after another, so that one compiled call serves a micro-batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.neighbours import met_by
from streams.core.rows import Rows
from streams.core.segments import Places


@dataclass(frozen=True, slots=True)
class Histories:
    """`liked` int32[a] rows, each user's newest first, with `strength` float32[a]; `likes` int64[b] of them are each
    user's. `met` int32[c] rows were liked together with them, with `sums` float32[c] (see Met); `meetings` int64[b] of
    these are each user's.
    """

    liked: Rows
    strength: Floats
    likes: Places
    met: Rows
    sums: Floats
    meetings: Places

    @classmethod
    def of(cls, contexts: Sequence[Context]) -> Self:
        """Those of the users of a micro-batch."""
        tastes, met = [context.taste for context in contexts], met_by(contexts)
        return cls(
            np.concatenate([taste.liked for taste in tastes]),
            np.concatenate([taste.strength for taste in tastes]),
            np.array([len(taste.liked) for taste in tastes]),
            np.concatenate([one.rows for one in met]),
            np.concatenate([one.sums for one in met]),
            np.array([len(one.rows) for one in met]),
        )
