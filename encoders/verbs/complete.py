"""`python -m encoders complete`: which way of guessing a missing modality measures better."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from encoders.verbs.ending import one_line
from encoders.verbs.progress import shown
from encoders.verbs.tower import SHIPPED


def complete(
    data: Annotated[list[Path], typer.Option(metavar="DATASET", help="a data set's folder, once for each")],
    *,
    aligner: Annotated[Path, typer.Option(help="a model of `train`, which makes the parts")] = SHIPPED,
    steps: Annotated[int, typer.Option(min=1, help="of fitting each way")] = 600,
    validation: Annotated[bool, typer.Option("--validation", help="ask on the split that choices are made on")] = False,
    seed: Annotated[int, typer.Option(help="of the weights and the draws")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Fit a regression and a generator on the train splits and put them beside the average of what is there.

    Example: python -m encoders complete --data .upwell/data/stamps
    """
    from encoders.layout import NotExported
    from encoders.learning.completion_run import compare
    from encoders.learning.dataset import NoDataset
    from encoders.learning.features import load_features
    from encoders.learning.saved import NotAModel, load

    with one_line(NoDataset, NotExported, NotAModel), shown() as told:
        model = load(aligner)
        sets = [load_features(one, progress=told) for one in data]
        ways = compare(model, sets, "validation" if validation else "test", steps=steps, seed=seed)
    if as_json:
        typer.echo(json.dumps(ways))
        return
    for way, asked in ways.items():
        for what, figures in asked.items():
            typer.echo(f"{way:12}{what:24}" + "  ".join(f"{name} {value:.4f}" for name, value in figures.items()))
