"""The events of a data set as a run sees them: filtered, numbered, in time order, read as often as needed.

What is known beforehand (`scanned`) is how many there are and which ids occur; nothing of it reaches a method.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from streams.core.hashing import digest
from streams.datasets.folder import Dataset
from streams.datasets.report import DatasetError
from streams.evaluate.expression import parsed
from streams.events import Action, BehaviourEvent

DERIVED_FROM = 0.5
_SAMPLE_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Facts:
    """`events` are those that are kept, `successes` those of them that are positive. `users` numbers user ids in the
    order in which they come. `lead_s`: how long before its first act nearly every item says it was published, None
    unless the publication times were made of the acts (see `derived_lead`).
    """

    events: int
    successes: int
    users: Mapping[str, int]
    item_ids: frozenset[str]
    first_at: float
    last_at: float
    lead_s: float | None


@dataclass(frozen=True, slots=True)
class Script:
    """The kept events of `dataset`: all of them, or only those that the expression `positive` holds for."""

    dataset: Dataset
    positive: str
    only_positive: bool

    def events(self) -> Iterator[tuple[BehaviourEvent, bool]]:
        """Each with whether it is a success. Raises DatasetError where time goes back, and ExpressionError."""
        positive = parsed(self.positive)
        before = -math.inf
        for number, event in enumerate(self.dataset.behaviour(), 1):
            if event.occurred_at < before:
                raise DatasetError(
                    f"{self.dataset.root}: event {number} is older than the one before; sort the lines by occurred_at"
                )
            before = event.occurred_at
            good = positive(event.action, event.value)
            if good or not self.only_positive:
                yield event, good

    def scanned(self, published: Mapping[str, float | None], progress: Callable[[int], object]) -> Facts:
        """Reads it once. `published` has every item of the content with the time (Unix s) it gives itself.

        Raises DatasetError when no event is left.
        """
        users: dict[str, int] = {}
        first: dict[str, float] = {}
        for event in self.dataset.behaviour():  # before the filter: that is what publication times are made of
            first.setdefault(event.item_id, event.occurred_at)
        count, successes, first_at, last_at = 0, 0, math.nan, math.nan
        for event, good in self.events():
            users.setdefault(event.user_id, len(users))
            first_at = event.occurred_at if not count else first_at
            last_at = event.occurred_at
            count += 1
            successes += good
            progress(count)
        if not count:
            raise DatasetError(f"{self.dataset.root} has no event to test with; loosen --positive or --only-positive")
        ids, lead_s = frozenset(published) | first.keys(), derived_lead(published, first)
        return Facts(count, successes, users, ids, first_at, last_at, lead_s)


def derived_lead(published: Mapping[str, float | None], first: Mapping[str, float]) -> float | None:
    """Seconds, when at least half of the items were published exactly so long before their first act.

    Such times were made of the acts (a film "published" a minute before its first rating), and an item that has just
    come would give away that it is about to be chosen.
    """
    leads = Counter(round(at - said, 3) for item, at in first.items() if (said := published.get(item)) is not None)
    if not leads:
        return None
    lead, times = leads.most_common(1)[0]
    return lead if times > 1 and times >= DERIVED_FROM * leads.total() else None


def is_sampled(user_id: str, share: float) -> bool:
    """Whether the user is among the tested: the same users for every method, seed and machine."""
    return int(digest("sample", user_id)[:8], 16) % _SAMPLE_STEPS < share * _SAMPLE_STEPS


def is_deed(event: BehaviourEvent) -> bool:
    """Whether the event means that the user did something with the item; an impression only shows it."""
    return event.action is not Action.IMPRESSION
