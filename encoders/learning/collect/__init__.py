"""Openly licensed pictures with names, made into DATASET folders to learn from: fetched at their pinned versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from encoders.learning.collect.clipart import clipart
from encoders.learning.collect.emoji import emoji

# (folder to write, folder for the packages) to how many pictures. A new collection is one file and one line here.
COLLECTIONS: dict[str, Callable[[Path, Path], int]] = {"clipart": clipart, "emoji": emoji}
