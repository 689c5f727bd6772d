"""What verbs print: data on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console


def out() -> Console:
    """For people, on standard output; plain when it is a pipe."""
    return Console(highlight=False, markup=False)


def err() -> Console:
    """For progress and remarks, on standard error."""
    return Console(stderr=True, highlight=False, markup=False)


def printable(text: object) -> str:
    """Text of an event as it may be shown: control characters, which could command the terminal, become marks."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(text))


def print_json(value: Any) -> None:
    """One line of JSON, written out at once so that a pipe sees it."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()
