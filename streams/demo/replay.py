"""In which order a dataset is played, and at which times: pure, so that the order can be tested without a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from streams.events import BehaviourEvent, ContentEvent


def interleave(
    content: Iterable[ContentEvent], behaviour: Iterable[BehaviourEvent], *, first: int, lead: int
) -> Iterator[ContentEvent | BehaviourEvent]:
    """The two streams as one: each item some `lead` acts before the moment it was published.

    Both come in time order. The `first` items go ahead of everything, so that there is something to recommend from; an
    item of unknown date goes as soon as its turn comes. Items left over follow the last act.
    """
    items = deque[ContentEvent]()
    source = iter(content)

    def due(until: float) -> Iterator[ContentEvent]:
        while True:
            if not items:
                following = next(source, None)
                if following is None:
                    return
                items.append(following)
            if (items[0].published_at or 0.0) > until:
                return
            yield items.popleft()

    for _ in range(first):
        item = next(source, None)
        if item is None:
            break
        yield item
    ahead = deque[BehaviourEvent]()
    for event in behaviour:
        yield from due(event.occurred_at)
        ahead.append(event)
        if len(ahead) > lead:
            yield ahead.popleft()
    yield from ahead
    yield from due(float("inf"))


def moved_to(event: ContentEvent | BehaviourEvent, now: float) -> ContentEvent | BehaviourEvent:
    """The event as if it happened at `now` (Unix s): order is kept, intervals become those of the replay.

    Freshness and decay mean nothing against a clock that is decades ahead of the data.
    """
    if isinstance(event, ContentEvent):
        return msgspec.structs.replace(event, published_at=now, expires_at=None)
    return msgspec.structs.replace(event, occurred_at=now)


class Pace:
    """How many events are due: `rate` per second since the start, at most `burst` at a time after a pause."""

    def __init__(self, rate: float, start: float, burst: int = 200) -> None:
        self._rate = rate
        self._burst = burst
        self._last = start
        self._owed = 0.0

    def due(self, now: float) -> int:
        """Events to send now; each call counts them as sent."""
        self._owed = min(self._owed + (now - self._last) * self._rate, float(self._burst))
        self._last = now
        count = int(self._owed)
        self._owed -= count
        return count

    def spend(self, extra: int) -> None:
        """More than was due has been sent (a visit is sent whole): wait longer before the next."""
        self._owed -= extra
