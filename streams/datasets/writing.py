"""Writes a dataset folder: events sorted by time, media beside them, and where it all came from."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from streams.datasets.folder import ABOUT, BEHAVIOUR, CONTENT, MEDIA, About
from streams.datasets.report import DatasetError
from streams.events import BehaviourEvent, ContentEvent

README = "README.txt"
Event = TypeVar("Event", ContentEvent, BehaviourEvent)


class DatasetWriter:
    """Fills one folder. Files appear under their names only when complete, so a broken run leaves no half dataset."""

    def __init__(self, out: Path, *, copy_media: bool = False) -> None:
        """Take a new or empty folder, or one that holds an older dataset, which is replaced. Else DatasetError."""
        if out.exists() and not out.is_dir():
            raise DatasetError(f"{out} is a file; name a new folder for the dataset")
        if out.is_dir() and any(out.iterdir()) and not (out / ABOUT).is_file():
            raise DatasetError(f"{out} is not empty and holds no dataset; name a new or empty folder")
        self.out = out
        self._copy = copy_media
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / ABOUT).unlink(missing_ok=True)
        except OSError as error:
            raise DatasetError(f"cannot write to {out}: {error.strerror}; name a folder you may write to") from error
        shutil.rmtree(out / MEDIA, ignore_errors=True)

    def add_media(self, source: Path, name: str) -> str:
        """Put a file into the folder and return its reference, a path relative to the folder.

        A hard link where the file system allows it (no bytes copied), else, or when asked for, a copy.
        """
        target = self.out / MEDIA / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._copy or not _linked(source.resolve(), target):
            shutil.copyfile(source, target)
        return f"{MEDIA}/{name}"

    def write(self, content: Iterable[ContentEvent], behaviour: Iterable[BehaviourEvent], about: About) -> None:
        """Write both streams, each sorted by time (ties in the order given), the README and, last, the description."""
        self._lines(CONTENT, sorted(content, key=lambda event: event.published_at or 0.0))
        self._lines(BEHAVIOUR, sorted(behaviour, key=lambda event: event.occurred_at))
        (self.out / README).write_text(_readme(about), encoding="utf-8")
        (self.out / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")

    def _lines(self, name: str, events: Iterable[Event]) -> None:
        encode = msgspec.json.Encoder().encode
        partial = self.out / f"{name}.partial"
        with partial.open("wb") as file:
            for event in events:
                file.write(encode(event) + b"\n")
        partial.replace(self.out / name)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP):
            return False  # another file system, or one without links: the caller copies
        raise
    return True


def _readme(about: About) -> str:
    simulated = "\nThe behaviour is SIMULATED: no person did any of it.\n" if about.simulated else ""
    return (
        f"{about.name}\n\nAn Upwell dataset: content.jsonl and behaviour.jsonl hold one event per line, sorted by\n"
        f"time; media paths are relative to this folder.\n{simulated}\n"
        f"From:    {about.source}\nLicence: {about.licence}\n"
    )
