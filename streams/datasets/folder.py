"""A dataset on disk: `content.jsonl`, `behaviour.jsonl` (one wire event per line, sorted by time) and their media."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from streams.datasets.report import DatasetError
from streams.events import BehaviourEvent, ContentEvent

CONTENT, BEHAVIOUR, ABOUT, MEDIA = "content.jsonl", "behaviour.jsonl", "dataset.json", "media"
_REMOTE = ("http://", "https://", "data:")
Event = TypeVar("Event", ContentEvent, BehaviourEvent)


class About(msgspec.Struct, frozen=True, omit_defaults=True):
    """`dataset.json`: what the dataset is, under which terms, and whether its behaviour is simulated."""

    name: str
    source: str = "unknown"
    licence: str = "unknown"
    simulated: bool = False
    items: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset folder. Reading is lazy, so a stream of any length costs one line of memory."""

    root: Path
    about: About

    def content(self) -> Iterator[ContentEvent]:
        """The items in time order, file references made absolute. Raises DatasetError at a line that is no event."""
        for event in _read(self.root / CONTENT, ContentEvent):
            yield with_absolute_media(event, self.root)

    def behaviour(self) -> Iterator[BehaviourEvent]:
        """The acts in time order; none when the dataset is of content alone. Raises DatasetError as `content` does."""
        return _read(self.root / BEHAVIOUR, BehaviourEvent) if self.has_behaviour else iter(())

    @property
    def has_behaviour(self) -> bool:
        path = self.root / BEHAVIOUR
        return path.is_file() and path.stat().st_size > 0


def is_dataset(root: Path) -> bool:
    return (root / CONTENT).is_file()


def open_dataset(root: Path) -> Dataset:
    """The dataset in a folder. Raises DatasetError when there is none."""
    if not is_dataset(root):
        raise DatasetError(f"{root} holds no {CONTENT}; make a dataset with `upwell convert`")
    path = root / ABOUT
    try:
        about = msgspec.json.decode(path.read_bytes(), type=About) if path.is_file() else About(root.name)
    except msgspec.DecodeError as error:
        raise DatasetError(f"{path}: {error}; remove the file or make the dataset again") from error
    return Dataset(root.resolve(), about)


def _read(path: Path, kind: type[Event]) -> Iterator[Event]:
    decode = msgspec.json.Decoder(kind).decode
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise DatasetError(f"{path}, line {number}: {error}; correct the line or remove it") from error


def with_absolute_media(event: ContentEvent, root: Path) -> ContentEvent:
    """The event with its file references, which are relative to `root`, made absolute; URLs stay as they are."""

    def resolved(reference: str | None) -> str | None:
        if reference is None or reference.startswith(_REMOTE) or Path(reference).is_absolute():
            return reference
        return str(root / reference)

    return msgspec.structs.replace(
        event, image=resolved(event.image), audio=resolved(event.audio), video=resolved(event.video)
    )
