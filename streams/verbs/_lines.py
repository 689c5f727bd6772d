"""Lines of JSONL files, and the events that they are: which topic each goes to, or why it is refused."""

from __future__ import annotations

import heapq
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from streams.core.intake import Intake, Rejection
from streams.datasets.folder import BEHAVIOUR, CONTENT, with_absolute_media
from streams.events import BehaviourEvent, ContentEvent, Erasure, RecommendationRequest
from streams.topics import Topic
from streams.verbs._failure import ExitCode, Failure


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands; `number` counts from 1, `folder` is what its media are relative to."""

    file: str
    number: int
    raw: bytes
    folder: Path


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A valid event on its way; `at` is its event time (Unix s), None when it has none."""

    topic: Topic
    key: bytes
    value: bytes
    at: float | None
    line: Line


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no usable event, and why: a code of docs/events.md and a sentence."""

    line: Line
    code: str
    reason: str

    def __str__(self) -> str:
        return f"{self.line.file}, line {self.line.number}: {self.reason} ({self.code})"


# What may be published, and the field that is each kind's key. Told apart by a field that only it has.
_KINDS: dict[Topic, tuple[type[Any], str]] = {
    Topic.CONTENT: (ContentEvent, "item_id"),
    Topic.BEHAVIOUR: (BehaviourEvent, "user_id"),
    Topic.REQUESTS: (RecommendationRequest, "user_id"),
    Topic.ERASURES: (Erasure, "user_id"),
}
PUBLISHABLE = tuple(_KINDS)


class _Shape(msgspec.Struct):
    """The fields that tell the kinds apart, whatever their values."""

    item_id: Any = None
    user_id: Any = None
    action: Any = None
    event_id: Any = None
    request_id: Any = None
    erasure_id: Any = None

    @property
    def topic(self) -> Topic:
        if self.erasure_id is not None:
            return Topic.ERASURES
        if self.request_id is not None:
            return Topic.REQUESTS
        if self.action is not None or self.event_id is not None or (self.user_id is not None and self.item_id is None):
            return Topic.BEHAVIOUR
        return Topic.CONTENT


class LineReader:
    """Turns lines into events as the agents would read them; `topic` forces the kind of every line."""

    def __init__(self, max_bytes: int, topic: Topic | None = None) -> None:
        self._topic = topic
        self._shape = msgspec.json.Decoder(_Shape)
        self._intakes: dict[Topic, Intake[Any]] = {
            kind: Intake(struct, key_field, max_bytes) for kind, (struct, key_field) in _KINDS.items()
        }

    def read(self, line: Line) -> Outgoing | Refused:
        try:
            shape = self._shape.decode(line.raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Not even an object: the intake of any kind finds the words for what it is instead.
            shape = _Shape()
        topic = self._topic or shape.topic
        identifier = getattr(shape, _KINDS[topic][1])
        # Without a usable identifier the event does not decode, so this key is never compared with one.
        key = identifier.encode("utf-8", "replace") if isinstance(identifier, str) else b"?"
        event = self._intakes[topic].read(key, line.raw)
        if isinstance(event, Rejection):
            return Refused(line, event.code, event.message)
        return Outgoing(topic, key, _value(event, line), _event_time(event), line)


def _value(event: Any, line: Line) -> bytes:
    """The line's own bytes, unless its media have to be named by their full paths."""
    if isinstance(event, ContentEvent):
        absolute = with_absolute_media(event, line.folder)
        if absolute != event:
            return msgspec.json.encode(absolute)
    return line.raw


def _event_time(event: Any) -> float | None:
    if isinstance(event, ContentEvent):
        return event.published_at
    return event.occurred_at if isinstance(event, BehaviourEvent) else event.requested_at


def files_of(source: str) -> list[Path]:
    """The JSONL files of a dataset folder, a file, or none for standard input. Raises Failure when there is nothing."""
    if source == "-":
        return []
    path = Path(source)
    if path.is_dir():
        files = [path / name for name in (CONTENT, BEHAVIOUR) if (path / name).is_file()]
        if not files:
            message = f"{source} holds neither {CONTENT} nor {BEHAVIOUR}; make a dataset with `upwell convert`"
            raise Failure(message, ExitCode.NOT_FOUND)
        return files
    if not path.is_file():
        raise Failure(f"{source}: no such file or folder; give a JSONL file, a dataset folder or -", ExitCode.NOT_FOUND)
    return [path]


def read_all(files: Iterable[Path], reader: LineReader) -> Iterator[Outgoing | Refused]:
    """The events of all files in the order of their times, each file being sorted; of standard input without files."""
    streams = [_dated(reader.read(line) for line in _lines_of(path)) for path in files]
    if not streams:
        streams = [_dated(reader.read(line) for line in _numbered(sys.stdin.buffer, "standard input", Path.cwd()))]
    return (outcome for _, outcome in heapq.merge(*streams, key=lambda dated: dated[0]))


def _dated(outcomes: Iterable[Outgoing | Refused]) -> Iterator[tuple[float, Outgoing | Refused]]:
    """With the time each belongs to: its own, or that of the line before when it has none."""
    at = -math.inf
    for outcome in outcomes:
        at = outcome.at if isinstance(outcome, Outgoing) and outcome.at is not None else at
        yield at, outcome


def _lines_of(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        yield from _numbered(file, str(path), path.resolve().parent)


def _numbered(file: Iterable[bytes], name: str, folder: Path) -> Iterator[Line]:
    for number, raw in enumerate(file, 1):
        text = raw.strip()
        if text:
            yield Line(name, number, text, folder)
