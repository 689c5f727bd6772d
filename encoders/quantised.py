"""An 8-bit variant of an exported encoder version, beside it: its own towers, its own version, its own ensemble.

Vectors of 8-bit towers differ a little from those of the float ones, so they are another encoder version: a stream is
moved between the two as between any others.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from encoders import runtime
from encoders.layout import ALIGNER, TOWERS, NotExported, model_folder
from encoders.picture import picture_tensor
from encoders.placing import Say, begin, finish, put_runtime, sha256
from encoders.served import aligner_folder, exported, tower_folders, write_ensemble
from encoders.spec import Limits, Pixels, UnusableMedium

FILES = {"text_encoder": "text.onnx", "image_encoder": "image.onnx", "audio_encoder": "audio.onnx"}
PICTURES_PER_FEED = 8


class CannotQuantise(ValueError):
    """The configuration or the calibration data cannot be used; the message says what to change."""


class Quantisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How each model is stored. `static` is for the image encoder, which alone has something to calibrate it with."""

    text_encoder: Literal["float", "dynamic"] = "dynamic"
    image_encoder: Literal["float", "static"] = "static"
    audio_encoder: Literal["float", "dynamic"] = "float"
    aligner: Literal["float", "dynamic"] = "float"
    pictures: int = 128  # to calibrate with


def read_quantisation(path: Path) -> Quantisation:
    """Raises CannotQuantise."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Quantisation)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CannotQuantise(f"{path}: {error}; see encoders/configs/serving/int8.toml for an example") from error


def calibration_pictures(dataset: Path, count: int) -> list[Pixels]:
    """Up to `count` usable pictures uint8[224, 224, 3], spread over the data set (DESIGN: content.jsonl and its media).

    Raises CannotQuantise when there is none.
    """
    try:
        lines = (dataset / "content.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CannotQuantise(f"{dataset} is no data set ({error}): make one with `upwell convert`") from error
    named = [image for image in (json.loads(line).get("image") for line in lines) if isinstance(image, str)]
    pictures = []
    for name in named[:: max(1, len(named) // count)][:count]:
        try:
            pictures.append(picture_tensor((dataset / name).read_bytes(), Limits().max_pixels))
        except (UnusableMedium, OSError):  # a picture that items could not use either says nothing about the scales
            continue
    if not pictures:
        raise CannotQuantise(f"{dataset} has no picture that can be read: choose one with pictures")
    return pictures


def export_int8(
    repository: Path, pictures: Sequence[Pixels], config: Quantisation, version: str | None = None, say: Say = print
) -> str:
    """The 8-bit variant of `version` (by default of the default one); returns its version. Idempotent.

    Raises NotExported when the version is not there.
    """
    source = aligner_folder(repository, version)
    floats = dict(zip(TOWERS, tower_folders(repository, source), strict=True))
    if any((folder / runtime.MANIFEST).exists() is False for folder in floats.values()):
        raise NotExported(repository)
    towers = {}
    for tower, folder in floats.items():
        how = getattr(config, tower)
        if how == "float":
            towers[tower] = int(folder.name)
        else:
            say(f"quantising {tower} ({how})")
            towers[tower] = _tower(repository, tower, folder, how, pictures)
    with tempfile.TemporaryDirectory() as scratch:
        graph = Path(scratch) / "aligner.onnx"
        _quantise(source / graph.name, graph, config.aligner, pictures)
        name = _name(runtime.version(source), [sha256(graph), *_tower_hashes(repository, towers)])
        held = {known: number for number, known in exported(repository).items()}
        number = held.get(name) or 1 + max(held.values())
        folder = model_folder(repository, ALIGNER, number)
        if name not in held:
            begin(folder)
            shutil.copyfile(model_folder(repository, ALIGNER) / "model.py", folder / "model.py")
            shutil.move(graph, folder / graph.name)
            finish(folder, name, towers=towers)
    put_runtime(repository)
    write_ensemble(repository, number)
    say(f"{name} is exported as {ALIGNER} {number}")
    return name


def _tower(repository: Path, tower: str, source: Path, how: str, pictures: Sequence[Pixels]) -> int:
    """The number of the quantised tower: one that holds the very same graph, or the next."""
    with tempfile.TemporaryDirectory() as scratch:
        graph = Path(scratch) / FILES[tower]
        _quantise(source / graph.name, graph, how, pictures)
        name = f"int8-{sha256(graph)[:8]}"
        manifests = (repository / tower).glob(f"[0-9]*/{runtime.MANIFEST}")
        held = {runtime.version(path.parent): int(path.parent.name) for path in manifests}
        if name in held:
            return held[name]
        number = 1 + max(held.values())
        folder = model_folder(repository, tower, number)
        begin(folder)
        shutil.copyfile(model_folder(repository, tower) / "model.py", folder / "model.py")
        shutil.move(graph, folder / graph.name)
        finish(folder, name)
    return number


def _quantise(source: Path, target: Path, how: str, pictures: Sequence[Pixels]) -> None:
    import numpy as np

    from encoders.compress.quantise import quantise_dynamic, quantise_static

    if how == "static":
        starts = range(0, len(pictures), PICTURES_PER_FEED)
        feeds = [{"pixels": np.stack(pictures[start : start + PICTURES_PER_FEED])} for start in starts]
        quantise_static(source, target, feeds)
    elif how == "dynamic":
        quantise_dynamic(source, target)
    else:
        shutil.copyfile(source, target)


def _name(version: str, hashes: Sequence[str]) -> str:
    """`bridge-1a2b3c4d` to `bridge_int8-…`, after the version it comes from and every graph of its own."""
    digest = hashlib.sha256("\n".join([version, *hashes]).encode()).hexdigest()
    return f"{version.partition('-')[0]}_int8-{digest[:8]}"


def _tower_hashes(repository: Path, towers: dict[str, int]) -> list[str]:
    return [sha256(model_folder(repository, tower, number) / FILES[tower]) for tower, number in towers.items()]
