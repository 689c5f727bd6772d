"""Which encoder versions a model repository holds, and under which names they are served side by side.

`aligner/N/` is one encoder version; its manifest says which of each tower's versions feed it. Triton serves it as the
ensemble `item_encoder_N`, which export writes from the committed `item_encoder/config.pbtxt`. The plain `item_encoder`
is the default: the version whose number stands there.
"""

from __future__ import annotations

import re
from pathlib import Path

from encoders import runtime
from encoders.layout import ALIGNER, ENSEMBLE, MODEL_REPOSITORY, SERVED_VERSION, TOWERS, NotExported, model_folder

# A step of an ensemble: the model's name, then which of its versions.
STEP = r'(model_name: "{model}"\s+model_version: )(-?\d+)'


def served_versions(repository: Path = MODEL_REPOSITORY) -> dict[str, str]:
    """Encoder version to the ensemble that serves it, oldest number first; empty when nothing is exported."""
    return {version: ensemble_name(number) for number, version in exported(repository).items()}


def exported(repository: Path) -> dict[int, str]:
    """Number of the aligner's folder to encoder version, for those that are whole (they have a manifest)."""
    folders = [path.parent for path in (repository / ALIGNER).glob(f"[0-9]*/{runtime.MANIFEST}")]
    return {int(folder.name): runtime.version(folder) for folder in sorted(folders, key=lambda f: int(f.name))}


def ensemble_name(number: int) -> str:
    return f"{ENSEMBLE}_{number}"


def aligner_folder(repository: Path, version: str | None = None) -> Path:
    """The folder of a version, by default of the default one. Raises NotExported."""
    held = exported(repository)
    if version is None:
        number = default_number(repository)
        if number not in held:
            raise NotExported(repository)
        return model_folder(repository, ALIGNER, number)
    for number, name in held.items():
        if name == version:
            return model_folder(repository, ALIGNER, number)
    raise NotExported(repository, version)


def tower_folders(repository: Path, aligner: Path) -> tuple[Path, Path, Path]:
    """The folders of the text, image and audio encoders that feed an aligner."""
    numbers = runtime.manifest(aligner).get("towers", {})
    text, image, audio = (model_folder(repository, tower, numbers.get(tower, SERVED_VERSION)) for tower in TOWERS)
    return text, image, audio


def default_number(repository: Path) -> int:
    """The aligner's number in the plain ensemble's configuration, 1 where there is none (a repository being made)."""
    config = repository / ENSEMBLE / "config.pbtxt"
    if not config.exists():
        return int(SERVED_VERSION)
    found = re.search(STEP.format(model=ALIGNER), config.read_text(encoding="utf-8"))
    if found is None or int(found[2]) < 1:
        raise ValueError(f"{config} names no version of {ALIGNER}: say `model_version: N` in its step")
    return int(found[2])


def write_ensemble(repository: Path, number: int) -> Path:
    """`item_encoder_N/` beside the plain ensemble, from its configuration; returns the folder. Idempotent."""
    folder = model_folder(repository, ALIGNER, number)
    written = runtime.manifest(folder)
    numbers = {tower: written.get("towers", {}).get(tower, SERVED_VERSION) for tower in TOWERS} | {ALIGNER: number}
    text = (repository / ENSEMBLE / "config.pbtxt").read_text(encoding="utf-8")
    text = text.replace(f'name: "{ENSEMBLE}"', f'name: "{ensemble_name(number)}"', 1)
    for model, wanted in numbers.items():
        text = re.sub(STEP.format(model=model), rf"\g<1>{wanted}", text)
    told = f'parameters {{ key: "encoder_version" value: {{ string_value: "{written["version"]}" }} }}'
    ensemble = repository / ensemble_name(number)
    model_folder(repository, ensemble.name).mkdir(parents=True, exist_ok=True)
    config = ensemble / "config.pbtxt"
    content = f"# Written by `python -m encoders export` from {ENSEMBLE}/config.pbtxt.\n{text}\n{told}\n"
    if not config.exists() or config.read_text(encoding="utf-8") != content:
        config.write_text(content, encoding="utf-8")
    return ensemble
