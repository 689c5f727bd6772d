"""`python -m encoders compress`: smaller models, each beside the one it stands in for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encoders.layout import MODEL_REPOSITORY, WEIGHTS

if TYPE_CHECKING:  # these import torch, which takes seconds
    from encoders.compress.judge import Figures, Judge
    from encoders.compress.variants import Making

ORIGINAL = "as-exported"
Rows = dict[str, dict[str, "Figures"]]  # by part of the encoder, by how it was made


def compress(
    *,
    data: Annotated[list[Path], typer.Option(help="a data set (a folder with content.jsonl); may be repeated")],
    method: Annotated[list[str] | None, typer.Option(help="only these: quantise, prune, distil")] = None,
    version: Annotated[str | None, typer.Option(help="an encoder version, see `info`; by default the default")] = None,
    out: Annotated[Path | None, typer.Option(help="keep the models (ONNX) in this folder")] = None,
    learn: Annotated[int, typer.Option(min=32, help="items of the train splits whose media are learned from")] = 2000,
    measure: Annotated[int, typer.Option(min=20, help="items of the validation splits that are measured on")] = 600,
    steps: Annotated[int, typer.Option(min=1, help="of the small picture tower's training, 32 pictures each")] = 300,
    text_steps: Annotated[int, typer.Option(min=1, help="of the small text tower's, 128 texts each")] = 3000,
    seed: Annotated[int, typer.Option(help="of the training")] = 0,
    repository: Annotated[Path, typer.Option(help="the model repository")] = MODEL_REPOSITORY,
    weights: Annotated[Path, typer.Option(help="where the weight packages are")] = WEIGHTS,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Distil, quantise and prune the exported models; print what each costs in accuracy and saves in size and time.

    Learns from train splits and measures on validation splits. A version is served in 8 bits by `export --int8`.

    Example: python -m encoders compress --data stamps --data films --method quantise --json
    """
    from encoders.compress.judge import Judge
    from encoders.compress.media import gather
    from encoders.compress.variants import METHODS, Making
    from encoders.sources import Sources
    from encoders.verbs.ending import one_line
    from encoders.verbs.progress import shown

    chosen = method or list(METHODS)
    if unknown := set(chosen) - set(METHODS):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(METHODS)}")
    unusable = (FileNotFoundError, ValueError)  # data, versions and weights that cannot be used
    scratch = tempfile.TemporaryDirectory() if out is None else nullcontext(out)
    with one_line(*unusable), shown() as show, scratch as folder:
        media = gather(data, learn=learn, measure=measure, progress=show)
        judge = Judge(media.held, repository, version)
        making = Making(
            graphs={**judge.graphs, "aligner": judge.aligner_graph},
            sources=Sources.find(weights),
            media=media,
            out=Path(folder),
            steps=steps,
            text_steps=text_steps,
            seed=seed,
            progress=show,
        )
        rows = _rows(chosen, making, judge)
    if as_json:
        report = {"version": judge.version, "data": [str(each) for each in data], "items": judge.items, "seed": seed}
        typer.echo(json.dumps(report | {"rows": rows}, indent=2))
    else:
        _print(rows)


def _rows(chosen: Sequence[str], making: Making, judge: Judge) -> Rows:
    from encoders.compress.variants import ALIGNER, METHODS

    def measured(part: str, graph: Path) -> Figures:
        return judge.aligner(graph) if part == ALIGNER else judge.tower(part, graph)

    making.out.mkdir(parents=True, exist_ok=True)
    rows: Rows = {}
    for part, graph in making.graphs.items():
        making.progress("measuring what is exported", len(rows), len(making.graphs))
        rows[part] = {ORIGINAL: measured(part, graph)}
    making.progress("measuring what is exported", len(rows), len(making.graphs))
    for method in chosen:
        for variant in METHODS[method](making):
            rows[variant.part][variant.how] = measured(variant.part, variant.graph)
            making.progress(f"{method}: {variant.part} {variant.how}", 1, 1)
    return rows


def _print(rows: Mapping[str, Mapping[str, Figures]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title="beside the model as exported, on validation splits", title_justify="left", box=SIMPLE_HEAD)
    for name in ("part", "how"):
        table.add_column(name, no_wrap=True)
    for name in ("agree", "items", "R@10", "MB", "sent", "ms", "faster"):
        table.add_column(name, justify="right", no_wrap=True)
    for part, made in rows.items():
        for how, row in made.items():
            table.add_row(
                part,
                how,
                *(_text(row[key], 3) for key in ("agreement", "item_agreement", "recall@10")),
                *(_text(_over(row[key], 1e6), 2) for key in ("bytes", "sent_bytes")),
                _text(row["cpu_ms"], 3),
                _text(_over(made[ORIGINAL]["cpu_ms"], row["cpu_ms"]), 2),
            )
        table.add_section()
    Console().print(table)


def _over(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other else one / other


def _text(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
