"""Which list answers which event, and after how long: the arithmetic behind every latency that the benches print.

A list made from a user's events up to offset o answers all of that user's events at or before o. An event's latency is
the time from when it was *due* to be sent until the first list that answers it was received. Counting from the due time
and not from the actual send avoids coordinated omission: a stalled sender would otherwise hide the wait it caused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Sent(NamedTuple):
    """An event on its topic; `due` is the scheduled send time (Unix s)."""

    user_id: str
    offset: int
    due: float


class Received(NamedTuple):
    """A list as it arrived; it answers its user's events up to `offset`. `at` is the receive time (Unix s)."""

    user_id: str
    offset: int
    at: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """`answered_at` float64[n]: when each event was first answered (NaN = never), in the order of the events given."""

    due: NDArray[np.float64]
    answered_at: NDArray[np.float64]

    @property
    def latencies_ms(self) -> NDArray[np.float64]:
        """Latency of each answered event, in milliseconds."""
        waits: NDArray[np.float64] = (self.answered_at - self.due) * 1000.0
        return waits[~np.isnan(waits)]

    @property
    def unanswered(self) -> int:
        return int(np.isnan(self.answered_at).sum())

    @property
    def last_answer_at(self) -> float:
        """When the last answered event was answered (Unix s); NaN when none was."""
        return float(np.nanmax(self.answered_at)) if self.unanswered < len(self.answered_at) else float("nan")


def cover(sent: Iterable[Sent], received: Iterable[Received]) -> Coverage:
    """Join events with lists. All events of a user are on one partition, so offsets compare within a user."""
    lists = _earliest_by_offset(received)
    events = list(sent)
    answered = np.full(len(events), np.nan)
    for row, event in enumerate(events):
        if event.user_id in lists:
            offsets, earliest = lists[event.user_id]
            place = int(np.searchsorted(offsets, event.offset))
            if place < len(offsets):
                answered[row] = earliest[place]
    return Coverage(np.array([event.due for event in events], dtype=np.float64), answered)


def quantiles_ms(latencies_ms: NDArray[np.float64]) -> dict[str, float | None]:
    """`p50` and `p99` rounded to a tenth of a millisecond; None when there is nothing to take them from."""
    if not len(latencies_ms):
        return {"p50": None, "p99": None}
    p50, p99 = np.quantile(latencies_ms, [0.5, 0.99])
    return {"p50": round(float(p50), 1), "p99": round(float(p99), 1)}


def _earliest_by_offset(
    received: Iterable[Received],
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Per user: offsets ascending, and the earliest receipt of a list that reaches at least that offset."""
    gathered: dict[str, list[tuple[int, float]]] = {}
    for one in received:
        gathered.setdefault(one.user_id, []).append((one.offset, one.at))
    result = {}
    for user_id, pairs in gathered.items():
        pairs.sort()
        times = np.array([at for _, at in pairs])
        # Minimum from the right: a later list may, after a restart, arrive before an earlier one.
        result[user_id] = (np.array([o for o, _ in pairs]), np.minimum.accumulate(times[::-1])[::-1])
    return result
