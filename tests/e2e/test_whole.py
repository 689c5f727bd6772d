"""`upwell up` with every real part, met as its users meet it: plain kafka-python, the other verbs, the dashboards."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kit.processes import processes_of

from deploy.grafana.check import check_dashboards
from encoders import samples
from streams.local import runfile

UPWELL = Path(sys.executable).with_name("upwell")
SUBJECTS = ("dogs", "sailing", "chess", "volcanoes")
ITEMS, USERS = 40, 12
ACTS_PER_S = 20.0
Eventually = Callable[..., None]


@dataclass
class Whole:
    """A running `upwell up` and the environment in which other verbs find it."""

    process: subprocess.Popen[str]
    run: runfile.Run
    environment: dict[str, str]
    log: Path
    producer: KafkaProducer = field(init=False)
    items: int = 0  # good ones sent so far

    def __post_init__(self) -> None:
        self.producer = KafkaProducer(bootstrap_servers=self.run.kafka, linger_ms=2)

    def send(self, topic: str, key: str, event: object) -> None:
        self.producer.send(f"upwell.{topic}", key=key.encode(), value=json.dumps(event).encode())

    def act(self, user: str, item: str, action: str = "like") -> None:
        event = {
            "event_id": uuid4().hex,
            "user_id": user,
            "item_id": item,
            "action": action,
            "occurred_at": time.time(),
        }
        self.send("behaviour", user, event)

    def verb(self, *words: str) -> Any:
        """What `upwell WORDS --json` prints."""
        done = subprocess.run(
            [UPWELL, *words, "--json"], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, eventually: Eventually) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole")
    home, log = folder / "home", folder / "up.log"
    environment = {**os.environ, "UPWELL_HOME": str(home)}
    with log.open("w") as errors:
        up = subprocess.Popen(
            [UPWELL, "up", "--vector-index", "milvus", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )

    def is_up() -> bool:
        assert up.poll() is None, log.read_text()
        return runfile.read(home) is not None

    try:
        eventually(is_up, within_s=150)
        run = runfile.read(home)
        assert run is not None
        running = Whole(up, run, environment, log)
        publish_catalogue(running)
        eventually(lambda: running.verb("status")["items"] == ITEMS, within_s=60, every_s=0.5)
        yield running
        running.producer.close()
    finally:
        up.kill()
        up.communicate()
        for process in processes_of(str(home)):  # none, if the kernel did what the launcher asked of it
            process.kill()


def publish_catalogue(whole: Whole) -> None:
    """Some items with sound and film; one picture that is none, and one event without anything to encode."""
    extra = {
        2: {"audio": data_uri("audio/wav", samples.wav(samples.tone(3.0)))},
        4: {"video": data_uri("video/mp4", samples.video(2.0))},
        6: {"image": data_uri("image/png", b"no picture")},
    }
    for n in range(ITEMS):
        publish_item(whole, extra.get(n, {}))
    whole.send("content", "nothing", {"item_id": "nothing"})
    whole.producer.flush()


def publish_item(whole: Whole, extra: Mapping[str, str]) -> None:
    """The next item: words, and for every other one a picture."""
    n, subject = whole.items, SUBJECTS[whole.items % 4]
    event = {"item_id": f"i{n}", "title": f"A film about {subject}, part {n // 4}", "tags": [subject], **extra}
    if n % 2:
        event["image"] = data_uri("image/png", samples.picture(image=samples.drawing(64, 48, seed=n)))
    whole.send("content", f"i{n}", event)
    whole.items += 1


def data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@contextmanager
def visitors(whole: Whole) -> Iterator[None]:
    """People who keep to a subject and act, and now and then a new item, for as long as the block lasts."""
    stop = threading.Event()

    def act() -> None:
        rng = random.Random(1)
        for n in count():
            if stop.wait(1 / ACTS_PER_S):
                return
            if n % 10 == 0:
                publish_item(whole, {})
            user = rng.randrange(USERS)
            item = 4 * rng.randrange(ITEMS // 4) + user % 4
            whole.act(f"u{user}", f"i{item}", rng.choice(("like", "click", "view", "impression", "skip")))

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def first_list(consumer: KafkaConsumer, user: str, within_s: float = 20.0) -> dict[str, Any]:
    """The next list of a user, as a subscriber gets it."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=100).values():
            for record in records:
                if record.key == user.encode():
                    return dict(json.loads(record.value))
    pytest.fail(f"no list for {user} within {within_s} s")


def test_an_act_by_plain_kafka_python_brings_a_list_with_reasons(whole: Whole) -> None:
    consumer = KafkaConsumer("upwell.recommendations", bootstrap_servers=whole.run.kafka)
    while not consumer.assignment():
        consumer.poll(timeout_ms=50)
    for partition in consumer.assignment():
        consumer.position(partition)  # stands at the end before the act, so the list cannot be missed
    took_ms = []
    for n in range(5):
        user, sent = f"reader-{n}", time.monotonic()
        whole.act(user, "i1")
        made = first_list(consumer, user)
        took_ms.append((time.monotonic() - sent) * 1000)
        assert "i1" not in {item["item_id"] for item in made["items"]}
        assert any(item["reason"].get("because_of") == ["i1"] for item in made["items"])
    consumer.close()
    print(f"act sent to list received: {', '.join(f'{ms:.0f}' for ms in took_ms)} ms")


def test_every_panel_of_every_dashboard_shows_something(whole: Whole, eventually: Eventually) -> None:
    if whole.run.prometheus is None:
        pytest.skip("Prometheus is not installed: install the Debian package prometheus")
    url = whole.run.prometheus
    problems: list[str] = ["not asked yet"]

    def all_show() -> bool:
        assert whole.process.poll() is None, whole.log.read_text()
        problems[:] = check_dashboards(url, without=("upwell_experiment_", "upwell_push"))  # neither is on here
        return not problems

    with visitors(whole):
        try:
            eventually(all_show, within_s=90, every_s=2.0)
        except AssertionError:
            pytest.fail("\n".join(problems))


def test_the_other_verbs_find_it_and_answer_for_programs(whole: Whole, eventually: Eventually) -> None:
    eventually(lambda: whole.verb("status")["items"] == whole.items, within_s=60, every_s=0.5)
    status = whole.verb("status")
    states = {part["name"]: part["state"] for part in status["parts"]}
    assert set(states.values()) == {"running"}
    assert states.keys() >= {"Kafka broker 1", "Milvus", "Triton", "worker 0"}
    assert all(part["restarts"] == {} for part in status["parts"])
    assert len(whole.verb("recommend", "u1", "--k", "5")["items"]) == 5
    assert whole.verb("profile", "reader-0")["acts"][0]["item_id"] == "i1"
    assert modalities(whole, "i1") == ["text", "image"]
    assert modalities(whole, "i2") == ["text", "audio"]
    assert modalities(whole, "i4") == ["text", "video"]
    assert whole.verb("item", "i6")["problems"][0].startswith("image:")
    assert whole.verb("topics", "check") == {"differences": []}
    rebuilt = whole.verb("reindex")
    assert (rebuilt["written"], rebuilt["removed"], rebuilt["unreadable"]) == (whole.items, 0, 0)


def modalities(whole: Whole, item: str) -> Sequence[str]:
    found: Sequence[str] = whole.verb("item", item)["modalities"]
    return found


def test_nothing_scary_was_logged(whole: Whole) -> None:
    for worker in whole.run.workers:
        lines = Path(worker.log).read_text().splitlines()
        assert lines
        assert [line for line in lines if "[error" in line or "Traceback" in line] == []


def test_ctrl_c_stops_everything(whole: Whole) -> None:
    home = whole.environment["UPWELL_HOME"]
    assert len(processes_of(home)) >= 5
    whole.process.send_signal(signal.SIGINT)
    output, _ = whole.process.communicate(timeout=60)
    assert whole.process.returncode == 0
    assert json.loads(output)["kafka"] == whole.run.kafka
    assert whole.log.read_text().endswith("upwell: everything is stopped\n")
    assert [process.cmdline() for process in processes_of(home)] == []
