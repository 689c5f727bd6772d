"""What the demo's screen shows, gathered from the topics: counters, freshness, and what each recent user did and got.

Pure state: events in, values out; the clock comes as an argument.
"""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from streams.core.experiments.definition import Experiment
from streams.core.experiments.report import ExperimentReport
from streams.core.experiments.standing import reports
from streams.events import BehaviourEvent, ExperimentCounts, RecommendationList

ACTS_KEPT = 40
USERS_KEPT = 5_000
FRESHNESS_KEPT = 200_000
RECENT_LISTS = 500  # the screen's percentiles are over the last so many lists
QUIET_S = 8.0  # a watched user who did nothing for so long gives way to a livelier one
Value = TypeVar("Value")


@dataclass(slots=True)
class Quality:
    """Live quality as the workers count it: positive acts scored, and those whose item stood in the top 10."""

    evaluated: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)

    def hit_rate(self, ranking: str) -> float | None:
        """Hit rate@10 of a ranking over the whole run; None before anything was scored."""
        scored = self.evaluated[ranking]
        return self.hits[ranking] / scored if scored else None


@dataclass(slots=True)
class Board:
    """Everything on the screen. `watch` fixes the user shown; None follows the liveliest.

    `chosen_from_lists`: those who act see little but the lists, so that a hit rate flatters the lists. `running` are
    the experiments.
    """

    watch: str | None = None
    chosen_from_lists: bool = False
    running: tuple[Experiment, ...] = ()
    events_sent: int = 0
    items_sent: int = 0
    events_in: int = 0
    items_encoded: int = 0
    lists_out: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    first_list_at: float | None = None
    quality: Quality = field(default_factory=Quality)
    titles: dict[str, str] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    counts: dict[bytes, ExperimentCounts] = field(default_factory=dict)
    _acts: OrderedDict[str, deque[BehaviourEvent]] = field(default_factory=OrderedDict)
    _lists: OrderedDict[str, RecommendationList] = field(default_factory=OrderedDict)
    _freshness: array[float] = field(default_factory=lambda: array("d"))
    _recent: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=2_000))
    _shown: str | None = None

    def saw_act(self, event: BehaviourEvent, now: float) -> None:
        """An act on the behaviour topic, arriving at `now` (Unix s)."""
        self.events_in += 1
        acts = _kept(self._acts, event.user_id, deque[BehaviourEvent](maxlen=ACTS_KEPT))
        acts.appendleft(event)
        self._recent.append((now, event.user_id))

    def saw_list(self, made: RecommendationList, now: float) -> None:
        """A list on the recommendations topic."""
        self.lists_out += 1
        self.users.add(made.user_id)
        if self.first_list_at is None:
            self.first_list_at = now
        self._lists.pop(made.user_id, None)
        _kept(self._lists, made.user_id, made)
        if made.freshness_s is not None and len(self._freshness) < FRESHNESS_KEPT:
            self._freshness.append(made.freshness_s)

    def saw_counts(self, key: bytes, counts: ExperimentCounts) -> None:
        """What a partition has counted of an experiment so far."""
        self.counts[key] = counts

    def experiments(self) -> list[ExperimentReport]:
        """How the experiments stand."""
        return reports(self.running, self.counts.values())

    def saw_dead_letter(self, stage: str, code: str) -> None:
        self.dead_letters[f"{stage}: {code}"] += 1

    def user_shown(self, now: float) -> str | None:
        """The watched user, else the one with the most acts of late; who is shown stays while active."""
        if self.watch is not None:
            return self.watch
        while self._recent and self._recent[0][0] < now - QUIET_S:
            self._recent.popleft()
        lively = Counter(user for _, user in self._recent)
        if lively and (self._shown is None or self._shown not in lively):
            self._shown = lively.most_common(1)[0][0]
        return self._shown

    def acts_of(self, user: str) -> tuple[BehaviourEvent, ...]:
        """The user's last acts, newest first."""
        return tuple(self._acts.get(user, ()))

    def list_of(self, user: str) -> RecommendationList | None:
        """The list the user last got."""
        return self._lists.get(user)

    def title_of(self, item_id: str) -> str:
        return self.titles.get(item_id, item_id)

    def freshness_ms(self, *, recent: bool = False) -> tuple[float, float] | None:
        """p50 and p99 (ms) from act to list, over the last lists or the whole run; None before the first list."""
        values = self._freshness[-RECENT_LISTS:] if recent else self._freshness
        if not values:
            return None
        p50, p99 = np.percentile(np.asarray(values), (50, 99)) * 1000
        return float(p50), float(p99)


def _kept(store: OrderedDict[str, Value], key: str, new: Value) -> Value:
    """The value under `key`, put there if missing and made the newest; the oldest goes when there are too many."""
    value = store.setdefault(key, new)
    store.move_to_end(key)
    if len(store) > USERS_KEPT:
        store.popitem(last=False)
    return value
