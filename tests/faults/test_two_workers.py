"""Two real workers, one joining late and one killed: no act is lost, and the ranker goes on with what it had."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest
from kit.stream import Stream, behaviour, running

from streams.agents.teaching import PUBLISH_EVERY
from streams.events import Action, ContentEvent, RankerWeights, RecommendationList
from streams.local.ports import Ports
from streams.topics import Topic

USERS, ITEMS, ACTS_PER_USER = 120, 60, 40  # fewer acts than a profile keeps in full
RATE = 100.0
ACTIONS = (Action.LIKE, Action.CLICK, Action.VIEW)


class Flow:
    """Acts sent in a steady flow; each user acts on an item once, so that a profile tells which acts it has folded."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.sent: dict[str, set[str]] = {}
        self.count = 0

    def run(self, stop: threading.Event) -> None:
        for n in range(USERS * ACTS_PER_USER):
            user, item = f"user-{n % USERS}", f"item-{(n // USERS + 7 * n) % ITEMS}"
            self._stream.publish(behaviour(user, item, ACTIONS[n % 3], event=f"event-{n}"))
            self.sent.setdefault(user, set()).add(item)
            self.count += 1
            if stop.wait(1 / RATE):
                return


@contextmanager
def flowing(stream: Stream) -> Iterator[Flow]:
    """Sends in the background as long as the block lasts, unless it is done before."""
    flow, stop = Flow(stream), threading.Event()
    thread = threading.Thread(target=flow.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield flow
    finally:
        stop.set()
        thread.join()


def shares(stream: Stream) -> list[int]:
    """How many partitions of behaviour each worker that answers has."""
    topic = Topic.BEHAVIOUR.under(stream.prefix)
    answers = [stream.get("/status", number) or {"partitions": []} for number in sorted(stream.workers)]
    return [sum(part["topic"] == topic for part in answer["partitions"]) for answer in answers]


def items_of(url: str, user: str) -> set[str]:
    """The items in a user's history, asked of one worker, which may send on to another (307)."""
    try:
        with urllib.request.urlopen(f"{url}/profiles/{user}", timeout=10) as answer:  # loopback
            return {act["item_id"] for act in json.load(answer)["acts"]}
    except (urllib.error.HTTPError, urllib.error.URLError):
        return set()


def complete(flow: Flow, url: str) -> bool:
    """Whether a worker tells, of every user, each act that was sent."""
    return all(items_of(url, user) == items for user, items in flow.sent.items())


@pytest.mark.timeout(240)
def test_a_join_and_a_kill_lose_no_act_and_nothing_that_the_ranker_has_published(
    kafka: str, tmp_path: Path, ports: Ports
) -> None:
    with running(kafka, tmp_path, ports, session_timeout_s=3.0) as stream:
        stream.publish(*(ContentEvent(f"item-{n}", title=f"kind{n % 5} word{n}") for n in range(ITEMS)))
        with flowing(stream) as flow:
            stream.until(lambda: flow.count > USERS)
            stream.start_worker(1)
            stream.wait_ready(1)
            stream.until(lambda: shares(stream) == [2, 2], otherwise="the partitions are not shared")
            sent = flow.count
            assert sent < USERS * ACTS_PER_USER, "the acts ran out before the kill"
            stream.kill_worker(0)
            stream.until(lambda: shares(stream) == [0, 4], otherwise="the survivor has not taken over")
            stream.start_worker(0)
            stream.wait_ready(0)
            stream.until(lambda: shares(stream) == [2, 2], otherwise="the partitions are not shared again")
            assert flow.count > sent, "acts must have come in while a worker was dead"
        for worker in stream.workers.values():
            told = partial(complete, flow, worker.url)
            stream.until(told, otherwise=f"acts are missing in the profiles as {worker.name} tells them")
        stream.until(partial(all_have_lists, stream, flow), otherwise="users without a list of what is new to them")
        assert stream.dead_letters() == []
        for lessons in taught(stream).values():
            # Whoever takes a partition over goes on from its state: one that began anew would publish fewer lessons.
            assert lessons == sorted(lessons)
            assert lessons[-1] >= 4 * PUBLISH_EVERY, "too few to tell"


def taught(stream: Stream) -> dict[int, list[int]]:
    """By partition of behaviour how many lessons each state had that was published of it, in order."""
    found: dict[int, list[int]] = {partition: [] for partition in range(stream.settings.partitions)}
    for _, value in stream.records(Topic.RANKER):
        state = msgspec.json.decode(value or b"", type=RankerWeights)
        found[state.partition].append(state.lessons)
    return found


def all_have_lists(stream: Stream, flow: Flow) -> bool:
    """Whether the last list of every user has items, and none that the user has used up."""
    last: dict[str, set[str]] = {}
    for _, value in stream.records(Topic.RECOMMENDATIONS):
        if value is not None:
            made = msgspec.json.decode(value, type=RecommendationList)
            last[made.user_id] = {item.item_id for item in made.items}
    return all(last.get(user) and last[user].isdisjoint(items) for user, items in flow.sent.items())
