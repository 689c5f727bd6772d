"""`upwell tail` and `upwell recommend` on a real broker. The worker's part is played by a producer here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from kafka import KafkaProducer

from streams.admin import create_topics, open_admin
from streams.cli import run
from streams.events import (
    Lineage,
    Reason,
    RecommendationList,
    RecommendationRequest,
    RecommendedItem,
)
from streams.settings import Settings
from streams.topics import Topic
from streams.verbs._failure import ExitCode
from streams.verbs._kafka import open_producer, open_reader

UPWELL = Path(sys.executable).with_name("upwell")


def made_for(user_id: str, title: str, request_id: str | None = None) -> RecommendationList:
    place = RecommendedItem("i1", title, 0.5, "fresh", Reason("new", "Among the newest here"))
    return RecommendationList(
        list_id=uuid4().hex,
        user_id=user_id,
        made_at=time.time(),
        trigger="behaviour",
        items=(place,),
        encoder_version="dummy-1",
        ranker_version="1",
        lineage=Lineage(0, 0),
        request_id=request_id,
        freshness_s=0.012,
    )


@pytest.fixture
def settings(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    prefix = f"lists{uuid4().hex[:8]}"
    for name, value in {"KAFKA": kafka, "TOPIC_PREFIX": prefix, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(f"UPWELL_{name}", value)
    with open_admin(kafka) as admin:
        create_topics(admin, Settings())
    return Settings()


@pytest.fixture
def producer(settings: Settings) -> Iterator[KafkaProducer]:
    opened = open_producer(settings)
    yield opened
    opened.close()


def push(producer: KafkaProducer, settings: Settings, made: RecommendationList) -> None:
    topic = Topic.RECOMMENDATIONS.under(settings.topic_prefix)
    producer.send(topic, key=made.user_id.encode(), value=msgspec.json.encode(made)).get(30)


def test_tail_prints_the_lists_of_one_user(
    settings: Settings, producer: KafkaProducer, capsys: pytest.CaptureFixture[str]
) -> None:
    for made in (made_for("u1", "First"), made_for("u2", "Not mine"), made_for("u1", "Second \x1b[31mred")):
        push(producer, settings, made)
    producer.send(Topic.RECOMMENDATIONS.under(settings.topic_prefix), key=b"u1", value=b"rubbish").get(30)
    push(producer, settings, made_for("u1", "Third"))
    assert run(["tail", "--user", "u1", "--from-start", "--count", "3"]) == ExitCode.OK
    shown = capsys.readouterr()
    assert [shown.out.index(title) for title in ("First", "Second", "Third")] == sorted(
        shown.out.index(title) for title in ("First", "Second", "Third")
    )
    assert "Not mine" not in shown.out
    assert "Among the newest here" in shown.out
    assert "12 ms after the event" in shown.out
    assert "\x1b[31m" not in shown.out, "an item's title must not command the terminal"
    assert "is no list" in shown.err


def test_tail_follows_from_now_on_and_ends_quietly_at_ctrl_c(
    settings: Settings, producer: KafkaProducer, eventually: Callable[..., None]
) -> None:
    push(producer, settings, made_for("u1", "before"))
    with subprocess.Popen(
        [UPWELL, "tail", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as tail:
        lines: list[dict[str, Any]] = []
        assert tail.stdout is not None
        reading = threading.Thread(target=lambda out=tail.stdout: lines.extend(json.loads(line) for line in out))
        reading.start()

        def pushed_and_seen() -> bool:  # it says nothing when it is there, so lists are pushed until one is seen
            push(producer, settings, made_for("u1", "after"))
            return bool(lines)

        eventually(pushed_and_seen, within_s=60, every_s=0.3)
        tail.send_signal(signal.SIGINT)
        assert tail.wait(30) == ExitCode.INTERRUPTED
        reading.join(10)
        assert tail.stderr is not None
        assert "Traceback" not in tail.stderr.read()
    assert {line["items"][0]["title"] for line in lines} == {"after"}


def test_recommend_waits_for_the_answer_to_its_own_request(
    settings: Settings, producer: KafkaProducer, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = open_reader(settings, Topic.REQUESTS)
    asked: list[RecommendationRequest] = []

    def answer() -> None:
        deadline = time.monotonic() + 60
        while not asked and time.monotonic() < deadline:
            for record in requests.poll(0.2):
                request = msgspec.json.decode(record.value, type=RecommendationRequest)
                asked.append(request)
                push(producer, settings, made_for("u1", "somebody else's", "another-request"))
                push(producer, settings, made_for("u1", "mine", request.request_id))

    worker = threading.Thread(target=answer)
    worker.start()
    try:
        line = ["recommend", "u1", "-k", "3", "--tag", "film", "--exclude", "i9", "--timeout", "60", "--json"]
        assert run(line) == ExitCode.OK
    finally:
        worker.join(70)
        requests.close()
    assert json.loads(capsys.readouterr().out)["items"][0]["title"] == "mine"
    (request,) = asked
    assert (request.user_id, request.k, request.tags, request.exclude) == ("u1", 3, ("film",), ("i9",))


def test_recommend_says_when_nobody_answers(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recommend", "u1", "--timeout", "0.5"]) == ExitCode.TIMED_OUT
    assert "no worker answered within 0.5 s" in capsys.readouterr().err
