"""`upwell publish` on a real broker: what arrives where, what is refused, at which pace."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from streams.admin import create_topics, open_admin
from streams.cli import run
from streams.engine.partitions import partition_for
from streams.settings import Settings
from streams.topics import Topic
from streams.verbs._failure import ExitCode
from streams.verbs._kafka import open_reader


def content(item_id: str, **more: Any) -> dict[str, Any]:
    return {"item_id": item_id, "title": item_id.upper(), **more}


def act(event_id: str, user_id: str = "u1", at: float = 1_700_000_000.0, **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "user_id": user_id, "item_id": "a", "action": "like", "occurred_at": at, **more}


def write(path: Path, *events: object) -> Path:
    path.write_text("".join(f"{e if isinstance(e, str) else json.dumps(e)}\n" for e in events), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def prefix(kafka: str) -> str:
    made = f"publish{uuid4().hex[:8]}"
    with open_admin(kafka) as admin:
        create_topics(admin, Settings(kafka=kafka, topic_prefix=made))
    return made


@pytest.fixture
def settings(kafka: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in {"KAFKA": kafka, "TOPIC_PREFIX": prefix, "HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(f"UPWELL_{name}", value)
    return Settings()


Arrived = Callable[[Topic], list[Any]]


@pytest.fixture
def arrived(settings: Settings) -> Iterator[Arrived]:
    """What came to a topic since the test began."""
    readers = {topic: open_reader(settings, topic) for topic in (Topic.CONTENT, Topic.BEHAVIOUR, Topic.REQUESTS)}
    yield lambda topic: list(readers[topic].until(readers[topic].ends()))
    for reader in readers.values():
        reader.close()


def test_each_line_goes_to_the_topic_of_its_kind_under_its_key(tmp_path: Path, arrived: Arrived) -> None:
    question = {"request_id": "r1", "user_id": "u2", "requested_at": 1.0}
    source = write(tmp_path / "mixed.jsonl", content("a"), "", act("e1"), question)
    assert run(["publish", str(source)]) == ExitCode.OK
    for topic, key, value in (
        (Topic.CONTENT, b"a", content("a")),
        (Topic.BEHAVIOUR, b"u1", act("e1")),
        (Topic.REQUESTS, b"u2", question),
    ):
        (record,) = arrived(topic)
        assert record.key == key
        assert json.loads(record.value) == value
        assert record.partition == partition_for(key, 4)


def test_bad_lines_are_named_with_their_reason_and_the_rest_is_sent(
    tmp_path: Path, arrived: Arrived, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(
        tmp_path / "bad.jsonl",
        act("e1"),
        "not json",
        act("e2", action="adore"),
        content(""),
        '{"item_id": "\\ud800", "title": "half a pair"}',
        act("e3"),
    )
    assert run(["publish", str(source), "--json"]) == ExitCode.FAILED
    shown = capsys.readouterr()
    summary = json.loads(shown.out)
    assert summary["sent"] == {"behaviour": 2}
    assert [(one["line"], one["code"]) for one in summary["refusals"]] == [
        (2, "not_json"),
        (3, "unknown_action"),
        (4, "out_of_range"),
        (5, "bad_surrogate"),
    ]
    assert f"refused {source}, line 3: Invalid enum value 'adore'" in shown.err
    assert [json.loads(record.value)["event_id"] for record in arrived(Topic.BEHAVIOUR)] == ["e1", "e3"]
    assert run(["publish", str(source), "--lenient"]) == ExitCode.OK


def test_a_forced_topic_judges_every_line_by_it(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "content.jsonl", content("a"))
    assert run(["publish", str(source), "--topic", "behaviour", "--json"]) == ExitCode.FAILED
    assert json.loads(capsys.readouterr().out)["reasons"] == {"missing_field": 1}


def test_a_dataset_is_sent_with_its_media_made_absolute(tmp_path: Path, arrived: Arrived) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    write(folder / "content.jsonl", content("a"), content("b", image="media/b.jpg", audio="https://x.org/b.ogg"))
    write(folder / "behaviour.jsonl", act("e1"), act("e2"))
    assert run(["publish", str(folder)]) == ExitCode.OK
    values = {record.key: json.loads(record.value) for record in arrived(Topic.CONTENT)}
    assert values[b"a"] == content("a")
    assert values[b"b"]["image"] == str(folder / "media/b.jpg")
    assert values[b"b"]["audio"] == "https://x.org/b.ogg"
    assert len(arrived(Topic.BEHAVIOUR)) == 2


def test_standard_input_is_read_too(settings: Settings, arrived: Arrived, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = f"{json.dumps(act('piped'))}\n".encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(lines)))
    assert run(["publish", "-"]) == ExitCode.OK
    assert [json.loads(record.value)["event_id"] for record in arrived(Topic.BEHAVIOUR)] == ["piped"]


@pytest.mark.parametrize(("option", "value"), [("--rate", "20"), ("--speed", "100")])
def test_the_pace_is_kept(tmp_path: Path, settings: Settings, option: str, value: str) -> None:
    # 11 events, ten gaps: half a second at 20 events/s; and at 100 times their own speed of one each 5 s.
    source = write(tmp_path / "paced.jsonl", *(act(f"e{n}", at=1000.0 + 5 * n) for n in range(11)))
    started = time.monotonic()
    assert run(["publish", str(source), option, value]) == ExitCode.OK
    assert time.monotonic() - started >= 0.5  # never faster; slower is the machine's affair


def test_missing_topics_are_said_at_once(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "one.jsonl", act("e1"))
    assert run(["publish", str(source), "--prefix", "nobody"]) == ExitCode.NOT_FOUND
    assert "run `upwell topics create`" in capsys.readouterr().err
