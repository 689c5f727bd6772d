"""Lines of JSONL as `upwell publish` sees them: their kind, their order, their pace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.topics import Topic
from streams.verbs._failure import ExitCode, Failure
from streams.verbs._lines import Line, LineReader, Outgoing, Refused, files_of, read_all
from streams.verbs._pace import Pace


def line(raw: bytes | dict[str, Any]) -> Line:
    return Line("events.jsonl", 1, raw if isinstance(raw, bytes) else json.dumps(raw).encode(), Path("/data"))


def item(item_id: str, at: float | None = None) -> dict[str, Any]:
    return {"item_id": item_id} if at is None else {"item_id": item_id, "published_at": at}


def act(event_id: str, at: float) -> dict[str, Any]:
    return {"event_id": event_id, "user_id": "u", "item_id": "i", "action": "view", "occurred_at": at}


@pytest.mark.parametrize(
    ("event", "topic", "key"),
    [
        (item("a"), Topic.CONTENT, b"a"),
        (act("e", 5.0), Topic.BEHAVIOUR, b"u"),
        ({"request_id": "r", "user_id": "u", "requested_at": 1.0}, Topic.REQUESTS, b"u"),
        ({"erasure_id": "x", "user_id": "u", "requested_at": 1.0}, Topic.ERASURES, b"u"),
    ],
)
def test_the_kind_of_a_line_shows_in_its_fields(event: dict[str, Any], topic: Topic, key: bytes) -> None:
    outcome = LineReader(10_000).read(line(event))
    assert isinstance(outcome, Outgoing)
    assert (outcome.topic, outcome.key) == (topic, key)
    assert json.loads(outcome.value) == event


def test_fields_of_your_own_are_kept_as_they_are() -> None:
    outcome = LineReader(10_000).read(line({**act("e", 5.0), "warehouse": {"row": 7}}))
    assert isinstance(outcome, Outgoing)
    assert json.loads(outcome.value)["warehouse"] == {"row": 7}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"nonsense", "not_json"),
        (b"[]", "wrong_type"),
        (b"{}", "missing_field"),
        (b'{"item_id": 7}', "wrong_type"),
        (b'{"user_id": "u", "action": "view"}', "missing_field"),
        (b'{"item_id": "' + b"x" * 20_000 + b'"}', "too_large"),
        (b'{"item_id": "a\\u0000b"}', "null_byte"),
        (b'{"item_id": "\xff"}', "not_utf8"),
    ],
)
def test_a_refused_line_says_where_and_why(raw: bytes, code: str) -> None:
    outcome = LineReader(10_000).read(line(raw))
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert str(outcome).startswith("events.jsonl, line 1: ")


@given(st.binary(max_size=200))
def test_no_bytes_whatever_stop_the_reader(raw: bytes) -> None:
    assert isinstance(LineReader(10_000).read(line(raw)), Outgoing | Refused)


def test_two_files_are_merged_by_time_and_lines_without_one_stay_in_place(tmp_path: Path) -> None:
    write(tmp_path / "content.jsonl", item("zero"), item("early", 50.0), item("next"), item("late", 250.0))
    write(tmp_path / "behaviour.jsonl", act("e1", 100.0), act("e2", 300.0))
    sent = [one for one in read_all(files_of(str(tmp_path)), LineReader(10_000)) if isinstance(one, Outgoing)]
    told = [json.loads(one.value) for one in sent]
    assert [one.get("event_id", one["item_id"]) for one in told] == ["zero", "early", "next", "e1", "late", "e2"]


def test_a_folder_without_events_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="upwell convert") as caught:
        files_of(str(tmp_path))
    assert caught.value.code == ExitCode.NOT_FOUND


def test_without_a_pace_nothing_waits() -> None:
    pace = Pace()
    for at in (None, 1.0, 1e12):
        pace.wait(at)


def write(path: Path, *events: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
