"""How soon a new item can be recommended: content is produced on a schedule and asked after until a list has it.

Each new item carries a tag of its own. A standing user asks, at most every `every_ms`, for a list restricted to that
tag; the item counts as recommendable when a list that contains it is received. The figure therefore includes the
content event's way through encoder and topics, the answer's way back, and up to `every_ms` of asking interval: it errs
high.
"""

from __future__ import annotations

import time

import msgspec
import numpy as np

from bench.coverage import quantiles_ms
from bench.subprocesses import answer, ask, told
from bench.synthetic import catalogue, user_id
from bench.wire import Listener, Sender
from streams.events import RecommendationRequest
from streams.topics import Topic

_LONGEST_POLL_S = 0.005
_GIVE_UP_S = 2.0


class Plan(msgspec.Struct, frozen=True):
    """`items` new items at `rate` per second; each is given up after `patience_s`."""

    bootstrap: str
    prefix: str
    run: str
    items: int
    rate: float
    every_ms: float = 25.0
    patience_s: float = 20.0


class Outcome(msgspec.Struct, frozen=True):
    """`latency_ms` (p50, p99) over the items that became recommendable; `missing` did not within the patience."""

    items: int
    missing: int
    requests: int
    latency_ms: dict[str, float | None]


class _Place(msgspec.Struct):
    item_id: str


class _Answer(msgspec.Struct):
    items: list[_Place]
    request_id: str | None = None


class _Pending(msgspec.Struct):
    """An item that no list has had yet; `ask_at` is when to ask next (Unix s).

    One question is open at a time: a slow worker is not asked faster than it answers. One that goes unanswered for
    `_GIVE_UP_S` is asked again.
    """

    tag: str
    due: float
    ask_at: float
    asked: int = 0
    asked_at: float = 0.0


def run(plan: Plan) -> Outcome:
    """Carry out `plan` in a fresh process."""
    return ask("bench.newcomers", plan, Outcome, longest_s=plan.items / plan.rate + plan.patience_s + 60)


class Probe:
    """New items in flight, asked after until a list contains them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sender = Sender(plan.bootstrap)
        self._listener = Listener(plan.bootstrap, Topic.RECOMMENDATIONS.under(plan.prefix))
        self._decoder = msgspec.json.Decoder(_Answer)
        self._pending: dict[str, _Pending] = {}
        self._waits_ms: list[float] = []
        self._requests = 0

    def carry_out(self) -> Outcome:
        plan = self._plan
        start = time.time() + 0.2
        for number in range(plan.items):
            due = start + number / plan.rate
            while time.time() < due:
                self._step()
            self._produce(number, due)
        deadline = time.time() + plan.patience_s
        while self._pending and time.time() < deadline:
            self._step()
        self._listener.close()
        return Outcome(
            items=plan.items,
            missing=len(self._pending),
            requests=self._requests,
            latency_ms=quantiles_ms(np.array(self._waits_ms)),
        )

    def _produce(self, number: int, due: float) -> None:
        tag = f"{self._plan.run}-{number}"
        (made,) = catalogue(1, seed=number, now=due)
        event = msgspec.structs.replace(
            made, item_id=f"synthetic-new-{tag}", title=f"{made.title} {tag}", tags=(*made.tags, tag), published_at=due
        )
        self._pending[event.item_id] = _Pending(tag, due, due)
        topic = Topic.CONTENT.under(self._plan.prefix)
        self._sender.send(topic, event.item_id, msgspec.json.encode(event), at=due)

    def _step(self) -> None:
        """Ask after every item that is due to be asked after, then listen for a moment."""
        now = time.time()
        for pending in self._pending.values():
            if pending.ask_at <= now:
                self._ask(pending, now)
        value = self._listener.next(_LONGEST_POLL_S)
        if value is None:
            return
        made = self._decoder.decode(value)
        if made.request_id is None or not made.request_id.startswith(self._plan.run):
            return
        now = time.time()
        for place in made.items:
            found = self._pending.pop(place.item_id, None)
            if found is not None:
                self._waits_ms.append((now - found.due) * 1000.0)
        for pending in self._pending.values():
            if made.request_id == f"{pending.tag}-{pending.asked}":
                pending.ask_at = min(pending.ask_at, max(now, pending.asked_at + self._plan.every_ms / 1000.0))

    def _ask(self, pending: _Pending, now: float) -> None:
        pending.asked += 1
        pending.asked_at = now
        pending.ask_at = now + _GIVE_UP_S
        request = RecommendationRequest(f"{pending.tag}-{pending.asked}", user_id(0), now, k=10, tags=(pending.tag,))
        self._requests += 1
        topic = Topic.REQUESTS.under(self._plan.prefix)
        self._sender.send(topic, request.user_id, msgspec.json.encode(request), at=now)


if __name__ == "__main__":
    answer(Probe(told(Plan)).carry_out())
