"""Turns weights into ONNX files inside the model repository, with what Triton needs; skips what is up to date.

The pretrained encoders (the towers) and the bridge come first, as version 1 of their models. Every trained aligner
takes the next free number in `aligner/` and an ensemble of its own (served.py).
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from encoders import runtime
from encoders.bridge import build_bridge
from encoders.layout import ALIGNER, ENSEMBLE, MODEL_REPOSITORY, SERVED_VERSION, TOWERS, WEIGHTS, model_folder
from encoders.placing import Say, begin, finish, has_program, put_runtime, up_to_date
from encoders.served import exported, write_ensemble
from encoders.sources import Sources, WeightsMissing
from encoders.spec import Floats
from encoders.tokens import tokenize

if TYPE_CHECKING:  # torch takes seconds to import, and most runs find everything up to date
    from torch import nn

__all__ = ["Sources", "WeightsMissing", "export", "export_aligner", "up_to_date"]

MODELS = (*TOWERS, ALIGNER)
SHIPPED = Path(__file__).parent / "shipped" / "aligned.safetensors"  # heads trained on openly licensed data


def export(
    repository: Path = MODEL_REPOSITORY,
    weights: Path = WEIGHTS,
    *,
    aligner: Path | None = None,
    programs: bool = False,
    force: bool = False,
    say: Say = print,
) -> str:
    """Writes the towers, the bridge and the shipped heads, and with `aligner` (a checkpoint of `train`) that one too.

    `programs`: torch programs beside the graphs, which serve them on a GPU.

    Returns the encoder version of `aligner`, or of the bridge. Idempotent; a model is replaced as a whole.
    """
    sources = Sources.find(weights)
    version = sources.version()
    complete(repository)
    stale = [model for model in MODELS if force or _stale(model_folder(repository, model), version, programs=programs)]
    for number, model in enumerate(stale, 1):
        say(f"[{number}/{len(stale)}] exporting {model} ({version})")
        _export_one(model, sources, repository, version, programs=programs)
    put_runtime(repository)
    write_ensemble(repository, int(SERVED_VERSION))
    for checkpoint in (SHIPPED, aligner):
        if checkpoint is not None and (checkpoint == aligner or checkpoint.exists()):
            version = _export_trained(checkpoint, sources, repository, programs=programs, force=force, say=say)
    if aligner is None:
        version = sources.version()
        if not stale:
            say(f"{version} is up to date in {repository}")
    return version


def export_aligner(
    module: nn.Module,
    version: str,
    repository: Path,
    *,
    programs: bool = False,
    force: bool = False,
    say: Say = print,
) -> int:
    """An aligner beside those that are there, and its ensemble; returns its number. Idempotent.

    `module`: see `aligner.TrainedAligner`; `version`: `NAME-8hex`.
    """
    from encoders import graphs

    held = {name: number for number, name in exported(repository).items()}
    number = held.get(version) or 1 + max(held.values(), default=0)
    folder = model_folder(repository, ALIGNER, number)
    if force or _stale(folder, version, programs=programs):
        say(f"exporting {ALIGNER} {number} ({version})")
        begin(folder)
        if number != int(SERVED_VERSION):
            shutil.copyfile(model_folder(repository, ALIGNER) / "model.py", folder / "model.py")
        _quietly(lambda: graphs.aligner_graph(module, folder / "aligner.onnx", program=programs))
        finish(folder, version)
    else:
        say(f"{version} is up to date in {repository}")
    put_runtime(repository)
    write_ensemble(repository, number)
    return number


def complete(repository: Path) -> None:
    """The committed configurations and model code, where another repository than the committed one lacks them."""
    for path in (*MODEL_REPOSITORY.glob("*/config.pbtxt"), *MODEL_REPOSITORY.glob(f"*/{SERVED_VERSION}/model.py")):
        there = repository / path.relative_to(MODEL_REPOSITORY)
        if not there.exists() and not there.relative_to(repository).parts[0].startswith(f"{ENSEMBLE}_"):
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
    model_folder(repository, ENSEMBLE).mkdir(parents=True, exist_ok=True)


def _stale(folder: Path, version: str, *, programs: bool) -> bool:
    return not up_to_date(folder, version) or (programs and not has_program(folder))


def _export_trained(
    checkpoint: Path, sources: Sources, repository: Path, *, programs: bool, force: bool, say: Say
) -> str:
    from encoders.aligner import TrainedAligner
    from encoders.learning.saved import load

    version = sources.trained_version(checkpoint.read_bytes())
    export_aligner(TrainedAligner(load(checkpoint)), version, repository, programs=programs, force=force, say=say)
    return version


def _export_one(model: str, sources: Sources, repository: Path, version: str, *, programs: bool) -> None:
    folder = model_folder(repository, model)
    begin(folder)
    _quietly(lambda: _write(model, folder, sources, repository, programs=programs))
    finish(folder, version)


def _quietly(write: Callable[[], None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        write()


def _write(model: str, folder: Path, sources: Sources, repository: Path, *, programs: bool) -> None:
    from encoders import aligner, audio, graphs, image, text

    match model:
        case "text_encoder":
            graphs.text_graph(text.load_use(sources.use), folder / "text.onnx", program=programs)
        case "image_encoder":
            graphs.image_graph(image.load_efficientnet(sources.efficientnet), folder / "image.onnx", program=programs)
        case "audio_encoder":
            graphs.audio_graph(audio.load_musicnn(sources.musicnn), folder / "audio.onnx", program=programs)
        case "aligner":
            embed = _embedder(model_folder(repository, "text_encoder"))
            bridge = build_bridge(embed, image.imagenet_labels(sources.labels), audio.TAGS)
            graphs.aligner_graph(aligner.BridgeAligner(bridge), folder / "aligner.onnx", program=programs)
        case _:
            raise ValueError(f"no such model: {model}")


def _embedder(folder: Path) -> Callable[..., Floats]:
    model = runtime.TextModel(folder)
    return lambda texts: model.run([tokenize(text) for text in texts])
