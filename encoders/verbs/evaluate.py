"""`python -m encoders evaluate`: every row on every data set, as a table, as JSON and as a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encoders.layout import MODEL_REPOSITORY, ROOT
from encoders.verbs.ending import one_line
from encoders.verbs.progress import shown

if TYPE_CHECKING:
    from encoders.measuring.rows import Setting
    from encoders.measuring.run import Evaluation

CACHE = ROOT / ".parts" / "features"
DRAWN = ("unaligned", "bridge")  # the spaces that a report shows beside the shipped one


def evaluate(
    *,
    data: Annotated[list[Path], typer.Option(metavar="DATASET", help="A data set's folder; may be given again.")],
    row: Annotated[
        list[str] | None, typer.Option(metavar="ROW", help="A row to measure; may be given again. All, if not given.")
    ] = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]FILE", help="A model of `train`, measured as the row NAME; may be given again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every figure as JSON.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write report.html, the plots (PNG, SVG), figures.json and tables.md here."),
    ] = None,
    repository: Annotated[Path, typer.Option(help="the model repository")] = MODEL_REPOSITORY,
    cache: Annotated[Path, typer.Option(help="where features and trained rows are kept")] = CACHE,
    seed: Annotated[int, typer.Option(help="of random rows, bootstrap and noise")] = 0,
) -> None:
    """Measure the item vectors on items that nothing was trained on.

    Retrieval, alignment, zero-shot classes, neighbours, cold items, missing and spoilt modalities, for chance, single
    encoders, the bridge, each objective and fusion, and the shipped model. Exit codes: 0 measured, whether the goals
    are met or not; 1 something cannot be measured, said in one line; 2 wrong usage.

    Example: python -m encoders evaluate --data stamps --data esc10 --row bridge --row everything --report out
    """
    from encoders.learning.train import NothingToLearn
    from encoders.measuring.benches import TooSmall
    from encoders.measuring.rows import NoSuchRow, Setting, shipped_row
    from encoders.measuring.run import NothingMeasured
    from encoders.measuring.run import evaluate as measured

    expected = (OSError, NoSuchRow, NothingMeasured, TooSmall, NothingToLearn)  # NoDataset and NotExported are OSErrors
    with one_line(*expected), shown() as progress:
        checkpoints = _checkpoints(checkpoint or [])
        setting = Setting(
            repository=repository, checkpoints=checkpoints, cache=cache.parent / "rows", seed=seed, progress=progress
        )
        drawn = (*DRAWN, shipped_row(setting), *checkpoints) if report else ()
        found = measured(data, row or [], setting, cache=cache, drawn=drawn)
        if report is not None:
            _write(found, setting, report)
    if as_json:
        typer.echo(json.dumps(found.figures, indent=2, allow_nan=False))
    else:
        _print(found)


def _checkpoints(given: list[str]) -> dict[str, Path]:
    """`NAME=FILE`, or FILE alone, whose row is `checkpoint:` and the file's name. Raises FileNotFoundError."""
    named: dict[str, Path] = {}
    for one in given:
        name, told, file = one.rpartition("=")
        path = Path(file)
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file; write a model with `python -m encoders train`")
        named[f"checkpoint:{name if told else path.stem}"] = path
    return named


def _write(found: Evaluation, setting: Setting, folder: Path) -> None:
    from encoders.measuring.plots import draw
    from encoders.measuring.report import write_report
    from encoders.measuring.trained_logs import logs_of

    setting.progress("report", 0, 2)
    plots = draw(found, logs_of(found, setting))
    setting.progress("report", 1, 2)
    write_report(found, plots, folder)
    setting.progress("report", 2, 2)


def _print(found: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    from encoders.measuring.goals import said
    from encoders.measuring.tables import overview

    table = overview(found.figures)
    lines = Table(title=table.title)
    for number, column in enumerate(table.columns):
        lines.add_column(column, justify="right" if number >= table.words else "left")
    for line in table.rows:
        lines.add_row(*line)
    Console().print(lines)
    for goal in found.goals:
        typer.echo(said(goal))
    typer.echo(f"shipped: {found.figures['shipped']}")
