"""A DATASET folder as the encoders read it: content.jsonl with media beside it, behaviour.jsonl where there is any.

The encoders know nothing of the stream, so the two files are read here by their published shape (docs/events.md). What
an item's text is, is the one thing said twice; a test holds it to what the stream embeds.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

CONTENT, BEHAVIOUR = "content.jsonl", "behaviour.jsonl"
MEDIA = ("image", "audio", "video")
NAME_PREFIX = "name_"  # an attribute `name_zh` is the item's name in Chinese
LIKED_STARS = 3.5  # a rating must be above this to count as liking
BEST_STARS = 5.0
STRENGTH = {
    "view": 0.3,
    "click": 0.5,
    "like": 1.0,
    "save": 1.0,
    "purchase": 1.5,
    "skip": -0.2,
    "dislike": -1.0,
    "hide": -1.0,
}


class NoDataset(FileNotFoundError):
    """A folder that is no data set, or a line of one that is no event."""


class Content(msgspec.Struct, frozen=True):
    """What is read of a line of content.jsonl."""

    item_id: str
    operation: str = "upsert"
    title: str | None = None
    text: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    audio: str | None = None
    video: str | None = None
    attributes: dict[str, str | float | bool | None] = {}


class _Act(msgspec.Struct, frozen=True):
    user_id: str
    item_id: str
    action: str
    occurred_at: float
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """One user's act; `strength` > 0 is liking, 0 says nothing, < 0 is the contrary."""

    user_id: str
    item_id: str
    time: float
    strength: float


def read_content(dataset: Path) -> list[Content]:
    """The items in order, each once as last written; deleted ones are left out. Raises NoDataset."""
    items: dict[str, Content] = {}
    for event in _lines(dataset / CONTENT, Content):
        items.pop(event.item_id, None)
        if event.operation != "delete":
            items[event.item_id] = event
    if not items:
        raise NoDataset(f"{dataset / CONTENT} holds no item; make a data set with `upwell convert`")
    return list(items.values())


def engagements(dataset: Path) -> list[Engagement]:
    """The acts in the file's order, which is by time; none where there is no behaviour.jsonl. Raises NoDataset."""
    path = dataset / BEHAVIOUR
    if not path.is_file():
        return []
    return [Engagement(act.user_id, act.item_id, act.occurred_at, _strength(act)) for act in _lines(path, _Act)]


def text_of(item: Content) -> str | None:
    """Title, text and tags as one passage, as the stream embeds them; None when there is nothing to read."""
    parts = [part.replace("\x00", "").strip() for part in (item.title or "", item.text or "", ", ".join(item.tags))]
    return ". ".join(part for part in parts if part) or None


def names_of(item: Content) -> dict[str, str]:
    """The item's names by language: its attributes `name_LANGUAGE` and, beside any, the title in its own language."""
    names = {
        key.removeprefix(NAME_PREFIX): value
        for key, value in item.attributes.items()
        if key.startswith(NAME_PREFIX) and isinstance(value, str) and value.strip()
    }
    if names and item.title and item.language:
        names[item.language] = item.title
    return names


def medium_of(dataset: Path, reference: str | None) -> bytes | None:
    """The bytes of a medium: a file relative to the data set, or a data URI; None where there is none to read here.

    A reference to the network counts as absent: a measurement must not depend on who answers.
    """
    if reference is None or reference.startswith(("http://", "https://")):
        return None
    if reference.startswith("data:"):
        head, _, body = reference.partition(",")
        return base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    path = dataset / reference
    return path.read_bytes() if path.is_file() else None


def fingerprint(dataset: Path, items: list[Content]) -> str:
    """Changes when an item, or the size or the time of a medium changes."""
    digest = hashlib.sha256()
    try:
        digest.update((dataset / CONTENT).read_bytes())
    except FileNotFoundError as error:
        raise NoDataset(f"{dataset} holds no {CONTENT}; make a data set with `upwell convert`") from error
    for item in items:
        for name in MEDIA:
            reference = getattr(item, name)
            path = dataset / reference if reference and not reference.startswith(("http", "data:")) else None
            if path is not None and path.is_file():
                state = path.stat()
                digest.update(f"{state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _strength(act: _Act) -> float:
    if act.action == "rating":
        return 0.0 if act.value is None else (act.value - LIKED_STARS) / (BEST_STARS - LIKED_STARS)
    return STRENGTH.get(act.action, 0.0)


Line = TypeVar("Line", Content, _Act)


def _lines(path: Path, kind: type[Line]) -> Iterator[Line]:
    decode = msgspec.json.Decoder(kind).decode
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        yield decode(line)
                    except msgspec.DecodeError as error:
                        raise NoDataset(f"{path}, line {number}: {error}; correct the line or remove it") from error
    except FileNotFoundError as error:
        raise NoDataset(f"{path.parent} holds no {path.name}; make a data set with `upwell convert`") from error
