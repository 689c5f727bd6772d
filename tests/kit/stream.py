"""One running stream of a test's own: topics under a fresh prefix on the real broker, workers as real processes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from kafka import KafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from kit.reader import Pair, Reader
from streams.admin import create_topics, open_admin
from streams.core.profile import Profile
from streams.core.profile_wire import from_bytes as profile_from_bytes
from streams.core.statistics import ItemCounters
from streams.events import (
    Action,
    BehaviourEvent,
    ContentEvent,
    DeadLetter,
    RecommendationList,
    RecommendationRequest,
)
from streams.local.ports import Ports
from streams.local.worker import Worker
from streams.settings import Settings
from streams.topics import Topic

LONG_S = 60.0


class Stream:
    """Speaks to the stream as its users do: over Kafka and HTTP."""

    def __init__(self, kafka: str, home: Path, ports: Ports, **settings: Any) -> None:
        self.prefix = f"t{uuid4().hex[:8]}"
        self._ports = ports
        self.settings = Settings(
            home=home,
            kafka=kafka,
            topic_prefix=self.prefix,
            app_id=self.prefix,
            **{"vector_index": "memory", "encoder": "dummy", "session_timeout_s": 6.0, "web_port": 0, **settings},
        )
        with open_admin(kafka) as admin:
            create_topics(admin, self.settings)
        # Partitioned by murmur2 like every Kafka client; a small linger, because kafka-python falls behind without.
        self.producer = KafkaProducer(bootstrap_servers=kafka, linger_ms=2, max_request_size=32 * 1024 * 1024)
        self._reader = Reader(kafka)
        self.workers: dict[int, Worker] = {}

    # Workers

    def start_worker(self, number: int = 0) -> Worker:
        """Starts a worker, or the same place again, and waits until it is ready."""
        worker = self.workers.get(number)
        if worker is None:
            settings = self.settings.model_copy(update={"web_port": self._ports.free()})
            worker = self.workers[number] = Worker(number, settings)
        worker.start({})
        return worker

    def wait_ready(self, number: int = 0, within_s: float = LONG_S) -> None:
        self.until(lambda: self.status_code("/ready", number) == 200, within_s, f"worker {number} is not ready")

    def kill_worker(self, number: int = 0) -> None:
        """SIGKILL, as a machine that goes dark."""
        self.workers[number].child.kill()

    def stop(self) -> None:
        self.producer.close()
        self._reader.close()
        for worker in self.workers.values():
            worker.child.ask_to_stop()
        for worker in self.workers.values():
            worker.child.stop()

    # In

    def send(self, topic: Topic, key: bytes | None, value: bytes | None) -> None:
        """Raw bytes, good or bad."""
        self.producer.send(topic.under(self.prefix), key=key, value=value)

    def publish(self, *events: ContentEvent | BehaviourEvent) -> None:
        for event in events:
            if isinstance(event, ContentEvent):
                self.send(Topic.CONTENT, event.item_id.encode(), msgspec.json.encode(event))
            else:
                self.send(Topic.BEHAVIOUR, event.user_id.encode(), msgspec.json.encode(event))
        self.producer.flush()

    def ask(self, user_id: str, k: int = 10, tags: Sequence[str] = (), within_s: float = LONG_S) -> RecommendationList:
        """A list on request, through the topics."""
        request = RecommendationRequest(uuid4().hex, user_id, time.time(), k=k, tags=tuple(tags))
        self.send(Topic.REQUESTS, user_id.encode(), msgspec.json.encode(request))
        self.producer.flush()
        found: list[RecommendationList] = []

        def answered() -> bool:
            found[:] = [made for made in self.lists(user_id) if made.request_id == request.request_id]
            return bool(found)

        self.until(answered, within_s, f"no answer for {user_id}")
        return found[0]

    # Out

    def records(self, topic: Topic | str) -> Sequence[Pair]:
        """Key and value of everything on a topic, from its beginning to its present end."""
        return self._reader.read(topic.under(self.prefix) if isinstance(topic, Topic) else topic)

    def lists(self, user_id: str) -> list[RecommendationList]:
        """Every list pushed to a user so far, oldest first."""
        return [
            msgspec.json.decode(value, type=RecommendationList)
            for key, value in self.records(Topic.RECOMMENDATIONS)
            if key == user_id.encode() and value is not None
        ]

    def wait_for_list(
        self, user_id: str, fits: Callable[[RecommendationList], bool] = lambda _: True, within_s: float = LONG_S
    ) -> RecommendationList:
        found: list[RecommendationList] = []

        def arrived() -> bool:
            found[:] = [made for made in self.lists(user_id) if fits(made)]
            return bool(found)

        self.until(arrived, within_s, f"no such list for {user_id}")
        return found[-1]

    def dead_letters(self) -> list[DeadLetter]:
        return [
            msgspec.json.decode(value, type=DeadLetter)
            for _, value in self.records(Topic.DEAD_LETTERS)
            if value is not None
        ]

    def profiles(self) -> dict[str, Profile]:
        """Every profile as its changelog has it last."""
        raw = dict(self.records(f"{self.prefix}-profiles-changelog"))
        return {key.decode(): profile_from_bytes(v) for key, v in raw.items() if key is not None and v is not None}

    def statistics(self) -> dict[str, ItemCounters]:
        """Every item's counters as their changelog has them last."""
        raw = dict(self.records(f"{self.prefix}-statistics-changelog"))
        return {key.decode(): ItemCounters.from_bytes(v) for key, v in raw.items() if key is not None and v is not None}

    # HTTP

    def get(self, path: str, number: int = 0) -> Any:
        """The JSON answer of a worker; None when it is not reachable or says 4xx or 5xx."""
        try:
            with urllib.request.urlopen(self.workers[number].url + path, timeout=10) as answer:  # loopback
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return None

    def page(self, path: str, number: int = 0) -> str:
        """The text of a worker's answer."""
        with urllib.request.urlopen(self.workers[number].url + path, timeout=10) as answer:  # loopback
            return str(answer.read().decode())

    def counted(self, metric: str, number: int = 0, **labels: str) -> float:
        """What a worker's own metric says, summed over the labels that are not given; 0 while it does not answer."""
        try:
            families = text_string_to_metric_families(self.page("/metrics", number))
        except OSError:
            return 0.0
        samples = [sample for family in families for sample in family.samples if sample.name == metric]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    def status_code(self, path: str, number: int = 0) -> int:
        try:
            with urllib.request.urlopen(self.workers[number].url + path, timeout=10) as answer:  # loopback
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (urllib.error.URLError, OSError):
            return 0

    def wait_for_catalogue(self, items: int, within_s: float = LONG_S) -> None:
        """Until every worker, none of them started again so far, knows so many items and all their vectors are found:
        what is known is in lists at once, but what is not in the index is in no search.
        """

        def is_in() -> bool:
            known = [(self.get("/status", number) or {}).get("items", 0) for number in self.workers]
            indexed = sum(self.counted("upwell_content_searchable_seconds_count", number) for number in self.workers)
            return all(one == items for one in known) and indexed >= items

        self.until(is_in, within_s, "the catalogue is not in")

    def until(self, holds: Callable[[], bool], within_s: float = LONG_S, otherwise: str = "not so") -> None:
        """Waits for a condition with a deadline; a worker that died meanwhile is said, with the end of its log."""
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, f"{otherwise} within {within_s} s\n{self._logs()}"
            time.sleep(0.05)

    def _logs(self) -> str:
        folder = self.settings.home.absolute() / "logs"
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(folder.glob("worker-*.log")))


@contextmanager
def running(
    kafka: str, home: Path, ports: Ports, workers: int = 1, ready_within_s: float = LONG_S, **settings: Any
) -> Iterator[Stream]:
    """A stream with its workers ready; all stopped at the end."""
    stream = Stream(kafka, home, ports, **settings)
    try:
        for number in range(workers):
            stream.start_worker(number)
        for number in range(workers):
            stream.wait_ready(number, ready_within_s)
        yield stream
    finally:
        stream.stop()


def behaviour(user: str, item: str, action: Action = Action.LIKE, event: str = "", **more: Any) -> BehaviourEvent:
    """An act now, with an id of its own unless one is given."""
    return BehaviourEvent(event or uuid4().hex, user, item, action, more.pop("occurred_at", time.time()), **more)
