"""`python -m encoders compare`: many training configurations, one table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encoders.layout import ROOT

if TYPE_CHECKING:  # these import torch, which takes seconds
    from encoders.learning.config import TrainConfig
    from encoders.sweep import Trial

CONFIGS = ROOT / "encoders" / "configs"


def compare(
    *,
    data: Annotated[list[Path], typer.Option(help="a data set (a folder with content.jsonl); may be repeated")],
    config: Annotated[Path | None, typer.Option(help="where to start from; the built-in defaults if not given")] = None,
    space: Annotated[Path, typer.Option(help="what may vary")] = CONFIGS / "sweep" / "default.toml",
    trials: Annotated[int, typer.Option(min=1, help="configurations to train, the one given included")] = 20,
    epochs: Annotated[int | None, typer.Option(min=1, help="of each, in place of the configuration's")] = None,
    seed: Annotated[int | None, typer.Option(help="in place of the configuration's")] = None,
    storage: Annotated[Path | None, typer.Option(help="a file to keep trials in and go on from")] = None,
    out: Annotated[Path | None, typer.Option(help="write the best configuration here (TOML, for `train`)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Train a sweep of configurations and print them by their score on the validation splits, best first.

    Example: python -m encoders compare --data stamps --trials 20 --storage sweep.log --out best.toml
    """
    import msgspec

    from encoders.learning.config import TrainConfig, read_config
    from encoders.learning.features import load_features
    from encoders.sweep import as_toml, options_of, read_space, sweep, with_values
    from encoders.verbs.ending import failed, one_line
    from encoders.verbs.progress import shown

    with one_line(FileNotFoundError, ValueError):  # data, configurations and storages that cannot be used
        base = read_config(config) if config is not None else TrainConfig()
        if epochs is not None:
            base = msgspec.structs.replace(base, epochs=epochs)
        if seed is not None:
            base = msgspec.structs.replace(base, seed=seed)
        wide = read_space(space)
        options_of(base, wide)  # before features are computed, which may take minutes
        with shown() as show:
            sets = [load_features(folder, progress=show) for folder in data]

            def report(number: int, done: int, steps: int, best: float | None) -> None:
                show(f"trial {number + 1} of {trials}", done, steps, "" if best is None else f"best {best:.4f}")

            rows = sweep(base, wide, sets, trials=trials, storage=storage, report=report)
    best = rows[0]
    if out is not None and best.score is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(as_toml(with_values(base, best.varied)), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(_report(rows, base, [features.name for features in sets]), indent=2))
    else:
        _print(rows, list(wide.vary))
    if best.score is None:
        raise failed("no configuration got a score: the validation splits hold too few pairs; give larger data sets")


def _report(rows: Sequence[Trial], base: TrainConfig, data: Sequence[str]) -> dict[str, object]:
    import msgspec

    from encoders.sweep import with_values

    return {
        "objective": "mean score on the validation splits, more is better",
        "data": list(data),
        "seed": base.seed,
        "best": None if rows[0].score is None else msgspec.to_builtins(with_values(base, rows[0].varied)),
        "trials": [
            {
                "number": row.number,
                "score": row.score,
                "state": row.state,
                "seconds": row.seconds,
                "as_given": row.as_given,
                "varied": row.varied,
            }
            for row in rows
        ],
    }


def _print(rows: Sequence[Trial], keys: Sequence[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title="score on the validation splits, best first", title_justify="left", box=SIMPLE_HEAD)
    for name in ("trial", "score", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what varies", overflow="fold")
    for row in rows:
        note = "as given: " if row.as_given else "" if row.state == "complete" else f"{row.state}: "
        values = ", ".join(f"{key.rpartition('.')[2]} {_text(row.varied[key])}" for key in keys if key in row.varied)
        score = "-" if row.score is None else f"{row.score:.4f}"
        table.add_row(str(row.number), score, f"{row.seconds:.0f}", note + values)
    Console().print(table)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        return " + ".join(name if weight == 1 else f"{weight:g} {name}" for name, weight in value.items())
    return "" if value is None else str(value)
