"""One DATASET folder of pictures with names."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

PUBLISHED_AT = 0.0  # a collection's pictures carry no date of their own


class Picture(msgspec.Struct, frozen=True):
    """A line of content.jsonl as far as a named picture needs it; `image` is relative to the data set."""

    item_id: str
    title: str
    image: str
    tags: tuple[str, ...] = ()
    language: str = "en"
    attributes: dict[str, str] = {}
    published_at: float = PUBLISHED_AT
    operation: str = "upsert"


def write(out: Path, pictures: Iterable[Picture], about: str) -> int:
    """content.jsonl and a README that names source and licence; returns how many lines."""
    lines = [msgspec.json.encode(picture) for picture in pictures]
    partial = out / "content.jsonl.partial"
    partial.write_bytes(b"\n".join(lines) + b"\n")
    (out / "README.txt").write_text(about + "\n", encoding="utf-8")
    partial.replace(out / "content.jsonl")
    return len(lines)


def fresh(out: Path) -> Path:
    """An empty folder for the media inside `out`."""
    media = out / "media"
    shutil.rmtree(media, ignore_errors=True)
    media.mkdir(parents=True)
    return media
