"""What a conversion did: counts, what was refused and why, and the errors a person can act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[str, int, int | None], None]
"""Called as progress(what, done, total); total is None while nobody knows it."""

MAX_EXAMPLES = 5


def silent(_what: str, _done: int, _total: int | None) -> None:
    """The progress of a conversion nobody watches."""


class DatasetError(Exception):
    """The input is not what it should be, or the output cannot be written: one line, what happened and what to do."""


@dataclass(slots=True)
class Report:
    """The outcome of a conversion. `notes` counts what is worth knowing but no fault, e.g. items without a picture."""

    items: int = 0
    events: int = 0
    users: int = 0
    simulated: bool = False
    notes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def refuse(self, reason: str, where: str) -> None:
        """Count an input that cannot be used; the first few places are kept for people."""
        self.refused[reason] += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(f"{where}: {reason}")

    def as_json(self) -> dict[str, object]:
        """The summary that `--json` prints."""
        return {
            "items": self.items,
            "events": self.events,
            "users": self.users,
            "simulated": self.simulated,
            "notes": dict(sorted(self.notes.items())),
            "refused": dict(sorted(self.refused.items())),
            "examples": list(self.examples),
        }
