"""`python -m encoders adapt`: a trained model made at home in a catalogue, without training."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated

import typer

from encoders.verbs.ending import one_line
from encoders.verbs.progress import shown
from encoders.verbs.tower import SHIPPED


def adapt(
    data: Annotated[list[Path], typer.Option(metavar="DATASET", help="a catalogue's folder, once for each")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="the model to write, NAME.safetensors")],
    *,
    model: Annotated[Path, typer.Option(metavar="FILE", help="the model of `train` to start from")] = SHIPPED,
    as_json: Annotated[bool, typer.Option("--json", help="print what was written as JSON")] = False,
) -> None:
    """Write a trained model again with the mean of a catalogue's own texts as its centre.

    For a catalogue of a kind that the model never saw. What items say is all that is looked at; nothing is trained.
    Exit codes: 0 written, 1 an error in one line, 2 wrong usage.

    Example: python -m encoders adapt --data data/movielens --out films.safetensors
    """
    from encoders.layout import NotExported
    from encoders.learning.adapt import NoTexts, adapted
    from encoders.learning.dataset import NoDataset
    from encoders.learning.features import load_features
    from encoders.learning.saved import NotAModel, load, save

    with one_line(NoDataset, NotExported, NotAModel, NoTexts), shown() as told:
        made = adapted(load(model), [load_features(one, progress=told) for one in data])
        save(made, out)
    summary = {"model": str(out), "bytes": out.stat().st_size, "sha256": hashlib.sha256(out.read_bytes()).hexdigest()}
    serve = f"Serve it: python -m encoders export --aligner {out}"
    typer.echo(json.dumps(summary) if as_json else f"{out}: {summary['bytes']:,} bytes\n{serve}")
