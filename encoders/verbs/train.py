"""`python -m encoders train`: one configuration, one data set or several, one model file."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encoders.layout import ROOT
from encoders.verbs.ending import one_line
from encoders.verbs.progress import Told, shown

if TYPE_CHECKING:  # torch takes seconds to import
    from encoders.learning.config import TrainConfig
    from encoders.learning.distributed import World
    from encoders.learning.features import Features

RUNS = ROOT / ".upwell" / "train"
DEFAULT = ROOT / "encoders" / "configs" / "default.toml"


def train(
    *,
    config: Annotated[Path, typer.Option(help="what to learn and how, see encoders/configs")] = DEFAULT,
    data: Annotated[
        list[Path] | None, typer.Option(metavar="DATASET", help="a data set's folder, once for each; else the config's")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the model, log.csv and the checkpoint")] = None,
    seed: Annotated[int | None, typer.Option(help="instead of the configuration's")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on from the checkpoint in the folder")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False,
) -> None:
    """Learn the heads and the fusion, and write NAME.safetensors for `export --aligner`.

    Without --data the data sets that the configuration names are made under .upwell/data and learned from. Several
    processes share the work under `torchrun`. Exit codes: 0 trained, 1 an error in one line, 2 wrong usage, 130 Ctrl-C.

    Example: python -m encoders train --config encoders/configs/default.toml
    """
    from encoders.layout import NotExported
    from encoders.learning.config import ConfigError, read_config
    from encoders.learning.dataset import NoDataset
    from encoders.learning.distributed import joined
    from encoders.learning.named_data import NoSuchData, NotFetched
    from encoders.learning.state import WrongCheckpoint
    from encoders.learning.train import NothingToLearn

    expected = (
        ConfigError, NoDataset, NoSuchData, NotFetched, NotExported, NothingToLearn, WrongCheckpoint
    )  # fmt: skip
    with one_line(*expected, interrupted="stopped; the same command with --resume goes on from the last evaluation"):
        settings = read_config(config, seed=seed)
        folder = out or RUNS / settings.name
        with joined() as world, shown(enabled=world.first) as told:
            sets = _features(settings, data, world, told)
            summary = _train(settings, sets, folder, world, told, resume=resume)
        if world.first:
            typer.echo(json.dumps(summary) if as_json else _described(summary))


def _features(config: TrainConfig, data: Sequence[Path] | None, world: World, told: Told) -> list[Features]:
    from encoders.learning.features import load_features
    from encoders.learning.named_data import NoSuchData, folders

    if not data and not config.data:
        raise NoSuchData(f"the configuration {config.name} names no data: give DATASET folders with --data")

    def load() -> list[Features]:
        made = data or folders(config.data, say=lambda line: typer.echo(line, err=True))
        return [load_features(one, progress=told) for one in made]

    return world.first_then_others(load)


def _train(
    config: TrainConfig, sets: list[Features], folder: Path, world: World, told: Told, *, resume: bool
) -> dict[str, Any]:
    from encoders.learning.saved import load, save
    from encoders.learning.splits import rows_of
    from encoders.learning.train import train as learn
    from encoders.learning.validate import hold, validate

    begun, remark, steps = time.monotonic(), "", 0

    def progress(done: int, total: int, figures: dict[str, float]) -> None:
        nonlocal remark, steps
        if "score" in figures:
            remark = f"loss {figures['loss']:.3f}, validation score {figures['score']:.4f}"
        steps = done
        told(f"training {config.name}", done, total, remark)

    model = learn(config, sets, progress, folder=folder, resume=resume, world=world)
    if not world.first:
        return {}
    path = folder / f"{config.name}.safetensors"
    save(model, path)
    behaviour = bool(config.item_objectives.get("behaviour"))
    # Of the file, which holds fewer digits than what was trained.
    figures = validate(load(path), [hold(features, behaviour=behaviour) for features in sets])
    return {
        "model": str(path),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "seed": config.seed,
        "steps": steps,
        "seconds": round(time.monotonic() - begun, 1),
        "data": {one.name: {s: len(rows_of(one.item_ids, s)) for s in ("train", "validation")} for one in sets},
        "validation": {name: round(value, 6) for name, value in figures.items()},
    }


def _described(summary: dict[str, Any]) -> str:
    lines = [f"{summary['model']}: {summary['bytes']:,} bytes after {summary['steps']} steps in {summary['seconds']} s"]
    lines += [f"  learned from {name}: {count['train']} items" for name, count in summary["data"].items()]
    lines += [f"  validation, {name}: {value:.4f}" for name, value in summary["validation"].items()]
    return "\n".join([*lines, f"Serve it: python -m encoders export --aligner {summary['model']}"])
