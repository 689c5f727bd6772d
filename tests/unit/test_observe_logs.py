import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from streams.observe import logs
from streams.settings import Settings


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root, level = list(logging.root.handlers), logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = root
    logging.root.setLevel(level)


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def json_logs(*, log_users: bool = False) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(Settings(log_format="json", log_users=log_users), stream)
    return stream


def test_a_user_id_never_reaches_the_log() -> None:
    stream = json_logs()
    structlog.get_logger("a").info("list_pushed", user_id="ann@example.org", places=10)
    logging.getLogger("b").warning("slow", extra={"user_id": "ann@example.org"})
    assert "ann@example.org" not in stream.getvalue()
    first, second = lines_of(stream)
    assert first["places"] == 10
    assert first["user_id"] == second["user_id"], "lines about one user must still go together"


def test_two_users_get_two_tags() -> None:
    stream = json_logs()
    structlog.get_logger("a").info("x", user_id="ann")
    structlog.get_logger("a").info("x", user_id="bob")
    first, second = lines_of(stream)
    assert first["user_id"] != second["user_id"]


def test_user_ids_are_written_when_asked_for() -> None:
    stream = json_logs(log_users=True)
    structlog.get_logger("a").info("list_pushed", user_id="ann")
    assert lines_of(stream)[0]["user_id"] == "ann"


def test_event_and_list_ids_are_on_every_line_inside() -> None:
    stream = json_logs()
    with logs.about(event_id="e1", list_id="l1"):
        structlog.get_logger("a").info("ranked")
        logging.getLogger("b").warning("from a library")
    structlog.get_logger("a").info("after")
    ranked, library, after = lines_of(stream)
    assert (ranked["event_id"], ranked["list_id"]) == ("e1", "l1")
    assert library["event_id"] == "e1"
    assert "event_id" not in after


def test_faust_and_aiokafka_say_only_warnings_and_worse() -> None:
    stream = json_logs()
    for name in ("aiokafka.consumer", "faust.app", "mode.services"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    assert [line["event"] for line in lines_of(stream)] == ["trouble"] * 3


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_trace_does_not_show_what_the_event_held(log_format: str) -> None:
    def fold(event: str) -> int:
        return len(event) // 0

    stream = io.StringIO()
    logs.configure(Settings.model_validate({"log_format": log_format}), stream)
    try:
        fold("ann" + "@example.org")
    except ZeroDivisionError:
        structlog.get_logger("a").exception("failed")
    assert "ZeroDivisionError" in stream.getvalue()
    assert "ann@example.org" not in stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_any_value_can_be_logged(log_format: str) -> None:
    stream = io.StringIO()
    logs.configure(Settings.model_validate({"log_format": log_format}), stream)
    structlog.get_logger("a").info("odd", raw=b"\xff\x00", text="\ud800", thing=object(), number=float("nan"))
    assert "odd" in stream.getvalue()
