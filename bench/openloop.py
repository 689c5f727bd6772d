"""The load and its measure, in a process of their own: sends behaviour on a schedule and times the lists that answer.

Open loop: events are sent when they are due, however slow the answers are.
"""

from __future__ import annotations

import time

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.coverage import Coverage, Received, Sent, cover, quantiles_ms
from bench.subprocesses import answer, ask, told
from bench.synthetic import Population
from bench.wire import Listener, Sender
from streams.events import BehaviourEvent
from streams.topics import Topic

_LONGEST_POLL_S = 0.002
_START_UP_S = 60.0


class Plan(msgspec.Struct, frozen=True):
    """What to send. `rate` 0 sends all at once (a burst), otherwise arrivals are Poisson at `rate` events/s.

    It ends when every event is answered, at the latest `grace_s` after the last one was due.
    """

    bootstrap: str
    prefix: str
    run: str
    events: int
    rate: float
    users: int
    items: int
    seed: int = 1
    skew: float = 0.0
    grace_s: float = 30.0


class Outcome(msgspec.Struct, frozen=True):
    """What came of it. `latency_ms` has p50 and p99 over the answered events; `unanswered` had no list in time.

    `answered_per_s` is the answered events over the time from the first due event to the last answer.
    `sender_late_ms_p99` says how late the sender itself was: when large, the load process was short of CPU.
    """

    events: int
    unanswered: int
    lists: int
    degraded_lists: int
    places_mean: float
    latency_ms: dict[str, float | None]
    answered_per_s: float
    sender_late_ms_p99: float


class _Lineage(msgspec.Struct):
    behaviour_offset: int


class _List(msgspec.Struct):
    """The few fields of a RecommendationList that are needed here; the rest is skipped, not decoded."""

    user_id: str
    lineage: _Lineage
    items: list[msgspec.Raw]
    degraded: tuple[str, ...] = ()
    request_id: str | None = None


def run(plan: Plan) -> Outcome:
    """Carry out `plan` in a fresh process."""
    longest = (plan.events / plan.rate if plan.rate else 0.0) + plan.grace_s + _START_UP_S
    return ask("bench.openloop", plan, Outcome, longest_s=longest)


class Load:
    """One run: prepared events, the sender, the listener, and what was seen."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sent: list[Sent] = []
        self._received: list[Received] = []
        self._degraded = 0
        self._places = 0
        self._decoder = msgspec.json.Decoder(_List)
        self._sender = Sender(plan.bootstrap)
        self._listener = Listener(plan.bootstrap, Topic.RECOMMENDATIONS.under(plan.prefix))

    def carry_out(self) -> Outcome:
        plan = self._plan
        source = Population(plan.users, plan.items, plan.seed, plan.skew).events(run=plan.run)
        events = [next(source) for _ in range(plan.events)]
        start = time.time() + 0.2
        due = start + self._offsets()
        late = self._send_on_time(events, due)
        coverage = self._await_answers(float(due[-1]) + plan.grace_s)
        self._listener.close()
        lists = len(self._received)
        answered = len(events) - coverage.unanswered
        return Outcome(
            events=len(events),
            unanswered=coverage.unanswered,
            lists=lists,
            degraded_lists=self._degraded,
            places_mean=round(self._places / lists, 2) if lists else 0.0,
            latency_ms=quantiles_ms(coverage.latencies_ms),
            answered_per_s=round(answered / (coverage.last_answer_at - start), 1) if answered else 0.0,
            sender_late_ms_p99=round(float(np.quantile(late, 0.99)) * 1000, 2),
        )

    def _offsets(self) -> NDArray[np.float64]:
        """Seconds after the start at which each event is due."""
        plan = self._plan
        if not plan.rate:
            return np.zeros(plan.events)
        gaps = np.random.default_rng(plan.seed).exponential(1.0 / plan.rate, plan.events)
        due: NDArray[np.float64] = np.cumsum(gaps) - gaps[0]
        return due

    def _send_on_time(self, events: list[BehaviourEvent], due: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sends each event when it is due, listening in between; returns how late each was handed over (s)."""
        late = np.zeros(len(events))
        for row, event in enumerate(events):
            when = float(due[row])
            while (wait := when - time.time()) > 0:
                self._listen(min(wait, _LONGEST_POLL_S))
            late[row] = max(0.0, time.time() - when)
            self._send(event, when)
        self._sender.flush()
        return late

    def _send(self, event: BehaviourEvent, due: float) -> None:
        value = msgspec.json.encode(msgspec.structs.replace(event, occurred_at=due))
        self._sender.send(
            Topic.BEHAVIOUR.under(self._plan.prefix),
            event.user_id,
            value,
            at=due,
            delivered=lambda offset: self._sent.append(Sent(event.user_id, offset, due)),
        )

    def _listen(self, longest_s: float) -> bool:
        """Takes one list if one comes within `longest_s`."""
        value = self._listener.next(longest_s)
        if value is None:
            return False
        at = time.time()
        pushed = self._decoder.decode(value)
        if pushed.request_id is None:
            self._received.append(Received(pushed.user_id, pushed.lineage.behaviour_offset, at))
            self._degraded += bool(pushed.degraded)
            self._places += len(pushed.items)
        return True

    def _await_answers(self, deadline: float) -> Coverage:
        """Listens until nothing is unanswered or the deadline passes. The join is made only when all is quiet."""
        while True:
            quiet = not self._listen(0.1)
            late = time.time() > deadline
            if quiet or late:
                coverage = cover(self._sent, self._received)
                if late or not coverage.unanswered:
                    return coverage


if __name__ == "__main__":
    answer(Load(told(Plan)).carry_out())
