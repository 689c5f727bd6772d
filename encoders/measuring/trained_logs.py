"""The training logs that belong to the rows of a run, for the curves of a report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from encoders.learning.logs import FILE, read_log
from encoders.measuring.rows import Setting, trained_rows
from encoders.measuring.run import Evaluation

Log = dict[str, list[float]]  # column to its values; `step` among them


def logs_of(evaluation: Evaluation, setting: Setting) -> dict[str, Log]:
    """By row; a row that was not trained, or whose log is gone, is left out. `setting`: that the run was given."""
    # Where a row's log lies depends on what it was trained on: the sets that the run has loaded.
    measured = replace(setting, sets=[bench.whole for bench in evaluation.benches.values()])
    names = evaluation.figures["rows"]
    found = {name: path / FILE for name in names if (path := _folder(name, measured)) is not None}
    return {name: columns(path) for name, path in found.items() if path.is_file()}


def columns(path: Path) -> Log:
    """The columns of a log.csv that have a figure in every line."""
    lines = read_log(path)
    names = [name for name in (lines[0] if lines else {}) if all(line.get(name) for line in lines)]
    return {name: [float(line[name]) for line in lines] for name in names}


def _folder(name: str, setting: Setting) -> Path | None:
    if name == "everything":
        return setting.checkpoint.parent
    if name in setting.checkpoints:
        return setting.checkpoints[name].parent
    if name in trained_rows():
        from encoders.measuring.training import folder_of

        return folder_of(name, setting.sets, setting.cache)
    return None
