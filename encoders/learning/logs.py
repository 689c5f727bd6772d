"""Training logs as CSV: one row per evaluation, readable while it runs and plotted afterwards."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

FILE = "log.csv"


class Log:
    """Appends to `folder/log.csv`. New columns may come with later rows: the file is then written anew."""

    def __init__(self, folder: Path, *, resume: bool) -> None:
        self.path = folder / FILE
        self.rows: list[dict[str, str]] = read_log(self.path) if resume and self.path.exists() else []
        folder.mkdir(parents=True, exist_ok=True)
        self._write()

    def keep_until(self, step: int) -> None:
        """Drop what was logged after the checkpoint that training resumes from."""
        self.rows = [row for row in self.rows if int(row["step"]) <= step]
        self._write()

    def add(self, step: int, values: Mapping[str, float]) -> None:
        self.rows.append({"step": str(step)} | {name: f"{value:.6g}" for name, value in values.items()})
        self._write()

    def _write(self) -> None:
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        partial = self.path.with_suffix(".partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        partial.replace(self.path)


def read_log(path: Path) -> list[dict[str, str]]:
    """The rows of a log, newest last."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
