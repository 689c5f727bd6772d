"""`python -m encoders tower`: the sequence user tower, learned from behaviour and put beside what costs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from encoders.layout import ROOT
from encoders.verbs.ending import one_line
from encoders.verbs.progress import shown

RUNS = ROOT / ".upwell" / "train"
SHIPPED = ROOT / "encoders" / "shipped" / "aligned.safetensors"


def tower(
    data: Annotated[Path, typer.Option(metavar="DATASET", help="a data set's folder, with behaviour.jsonl")],
    *,
    aligner: Annotated[Path, typer.Option(help="a model of `train`, which makes the item vectors")] = SHIPPED,
    out: Annotated[Path, typer.Option(help="folder for tower.onnx")] = RUNS / "tower",
    epochs: Annotated[int, typer.Option(min=0, help="passes over the histories at most")] = 20,
    seed: Annotated[int, typer.Option(help="of the weights and the draws")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Learn what users take up next, write tower.onnx, and print NDCG@10 beside the mean of the history.

    Example: python -m encoders tower --data .upwell/data/movielens
    """
    from encoders.layout import NotExported
    from encoders.learning.dataset import NoDataset, engagements
    from encoders.learning.features import load_features
    from encoders.learning.saved import NotAModel, load
    from encoders.learning.tower import TowerConfig
    from encoders.learning.tower_export import ServedTower, export_tower
    from encoders.learning.tower_run import NothingFollows, ask, compare, learn, milliseconds
    from encoders.learning.tower_train import Training
    from encoders.learning.validate import apply

    config = TowerConfig()
    with one_line(NoDataset, NotExported, NotAModel, NothingFollows), shown() as told:
        model = load(aligner)
        features = load_features(data, progress=told)
        asked = ask(engagements(data), features.item_ids, config.length, seed)
        vectors, _ = apply(model, features)

        def progress(epoch: int, loss: float, score: float) -> None:
            told("training the tower", epoch + 1, epochs, f"loss {loss:.3f}, validation NDCG@10 {score:.4f}")

        learned = learn(asked, vectors, config, Training(epochs=epochs, seed=seed), progress)
        export_tower(learned, out)
        rows = compare(asked, vectors, learned)
        took = milliseconds(ServedTower(out, config.length))
    if as_json:
        typer.echo(json.dumps({"model": str(out / "tower.onnx"), "rows": rows, "ms_per_user": took}))
        return
    for name, figures in rows.items():
        typer.echo(f"{name:18} " + "  ".join(f"{what} {value:.4f}" for what, value in figures.items()))
    typer.echo(f"{out / 'tower.onnx'}: {took:.3f} ms per user in batches of 32 on one thread")
