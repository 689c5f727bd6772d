"""Several methods side by side on one shelf: what happens to all of them when an item comes, a list is due, an act is.

Which of these happens when is the protocol's affair (protocols.py).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from streams.evaluate.labels import Labels
from streams.evaluate.methods.base import Act, Asked, Footprint, Method
from streams.evaluate.options import Options
from streams.evaluate.script import Facts, Script, is_deed, is_sampled
from streams.evaluate.shelf import Shelf
from streams.evaluate.tally import FEW, Case, Spread, Tally


@dataclass(slots=True)
class Outcome:
    """What trials found of one method. `spent_s`: CPU seconds of its own code, lists and learning together.

    `spreads` has one float64[groups, 2] per trial: coverage and Gini, which cannot be added up over trials.
    """

    tally: Tally
    variant: bool = False
    spent_s: float = 0.0
    lists: int = 0
    footprint: Footprint = field(default_factory=lambda: Footprint(math.nan, math.nan))
    spreads: list[Spread] = field(default_factory=list)

    def join(self, other: Outcome) -> None:
        """Add what another trial found, under another seed."""
        self.tally.join(other.tally)
        self.spent_s += other.spent_s
        self.lists += other.lists
        self.spreads += other.spreads


@dataclass(frozen=True, slots=True)
class Course:
    """What all trials of a run share. `published` has by item id the time (Unix s) each gives itself, None without."""

    script: Script
    facts: Facts
    options: Options
    published: Mapping[str, float | None]


class Trial:
    """One pass over the events."""

    def __init__(self, course: Course, shelf: Shelf, methods: Sequence[Method], labels: Labels) -> None:
        self.script, self.facts, self.options = course.script, course.facts, course.options
        self.shelf = shelf
        self._methods, self._labels = methods, labels
        self.outcomes = {
            method.name: Outcome(Tally(len(self.facts.users), len(shelf)), method.variant) for method in methods
        }
        self._user_events = [0] * len(self.facts.users)
        self._coming = _coming(course, shelf)
        self._came = 0

    def acts(self, items_until: float = math.inf) -> Iterator[Act]:
        """The events of the run, in time order; before each, the items that came by then, but none from the event of
        the number `items_until` on.
        """
        for number, (event, positive) in enumerate(self.script.events()):
            if number < items_until:
                self._publish_until(event.occurred_at)
            user, item = self.facts.users[event.user_id], self.shelf.row_of[event.item_id]
            yield Act(number, user, item, event.occurred_at, positive, event)

    @property
    def variant_share(self) -> float:
        """The share of the users whose lists variants make, so that there are about `options.variant_tests`."""
        tests = self.options.sample * self.facts.successes * (1 - self.options.warmup)
        return self.options.sample * min(1.0, self.options.variant_tests / max(1.0, tests))

    def testable(self, act: Act) -> bool:
        """Whether the act is a success that a list could have had."""
        return act.positive and not (self.options.unseen and self.shelf.had(act.user, act.item))

    def case(self, asked: Asked, right: Sequence[int], progress: float) -> Case:
        """A list to be judged by the rows `right`, split into groups by what is known so far."""
        cold = frozenset(row for row in right if self.shelf.events[row] < FEW)
        acts = self._user_events[asked.user]
        everything = frozenset(right)
        groups = {"all": everything, "cold": cold}
        groups |= {"new_users": everything} if acts < FEW else {"rest": everything - cold}
        return Case(asked, {name: rows for name, rows in groups.items() if rows}, progress, acts)

    def judge(self, case: Case) -> None:
        """Every method makes the list, and it is judged."""
        k, share = self.options.k, self.variant_share
        for method in self._methods:
            if method.variant and not is_sampled(case.asked.user_id, share):
                continue
            outcome = self.outcomes[method.name]
            started = time.process_time()
            rows = method.recommend(case.asked, k)
            outcome.spent_s += time.process_time() - started
            outcome.lists += 1
            outcome.tally.add(case, rows, self._labels.beyond(case.asked.user, rows), k)

    def learn(self, act: Act) -> None:
        """The act happens: it is counted, and every method is told."""
        if self.options.candidates == "known" and not self.shelf.open[act.item]:
            self._put(act.item, act.at)
        if is_deed(act.event):
            self.shelf.take(act.user, act.item)
            self._user_events[act.user] += 1
        if act.positive:
            self._labels.liked(act.user, act.item)
        for method in self._methods:
            started = time.process_time()
            method.learn(act)
            self.outcomes[method.name].spent_s += time.process_time() - started

    def finish(self) -> dict[str, Outcome]:
        """The outcomes by method."""
        for method in self._methods:
            outcome = self.outcomes[method.name]
            outcome.footprint = method.footprint()
            outcome.spreads = [outcome.tally.spread(self.shelf.open)]
        return self.outcomes

    def _publish_until(self, now: float) -> None:
        while self._came < len(self._coming) and self._coming[self._came][0] <= now:
            at, row = self._coming[self._came]
            self._put(row, max(at, self.facts.first_at))
            self._came += 1

    def _put(self, row: int, at: float) -> None:
        self.shelf.put(row)
        for method in self._methods:
            started = time.process_time()
            method.arrive(row, at)
            self.outcomes[method.name].spent_s += time.process_time() - started


def _coming(course: Course, shelf: Shelf) -> list[tuple[float, int]]:
    """(time, row) of the items that come by themselves, in order. At one time they come in the shelf's order, which
    tells nothing.
    """
    options = course.options
    if options.candidates == "known":
        return []
    believed = options.published == "said" or (options.published == "auto" and course.facts.lead_s is None)
    times = {id_: at if believed and at is not None else -math.inf for id_, at in course.published.items()}
    return sorted((at, shelf.row_of[item_id]) for item_id, at in times.items())
