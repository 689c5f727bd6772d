"""The rows that stand side by side: what each makes of items. A new row is one function and one line in `ROWS`.

A row sees the pretrained features alone; what it is fitted on (centres, heads) are items of the train split.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from encoders import runtime
from encoders.layout import MODEL_REPOSITORY, ROOT, NotExported, model_folder
from encoders.learning.features import Features, Progress, silent
from encoders.learning.slots import Array
from encoders.learning.splits import rows_of
from encoders.measuring.space import Row
from encoders.served import exported
from encoders.spec import DIMENSION, TEXT_WIDTH, Floats, Modality

if TYPE_CHECKING:  # torch takes seconds to import
    from encoders.learning.model import AlignmentModel

SHIPPED = ROOT / "encoders" / "shipped" / "aligned.safetensors"
ROW_CACHE = ROOT / ".parts" / "rows"
BATCH = 256  # items per call of an aligner
TINY = 1e-9


class NoSuchRow(ValueError):
    """A row that is not registered, or whose model is not there; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What rows are made from: all data sets of the run, where models lie, the seed."""

    sets: Sequence[Features] = ()
    repository: Path = MODEL_REPOSITORY
    checkpoint: Path = SHIPPED
    checkpoints: Mapping[str, Path] = field(default_factory=dict)  # further models, by the name of their row
    cache: Path = ROW_CACHE
    seed: int = 0
    progress: Progress = silent
    made: dict[str, Row] = field(default_factory=dict)  # rows that are the same for every set


def make_row(name: str, setting: Setting, features: Features) -> Row:
    """The row for one data set (`features` whole, of which only the train split is looked at). Raises NoSuchRow."""
    if name in ROWS:
        return ROWS[name](setting, features)
    if name in setting.checkpoints:
        return _once(name, setting, lambda: checkpoint_row(setting.checkpoints[name]))
    if name in trained_rows():
        return _once(name, setting, lambda: _trained_row(name, setting))
    raise NoSuchRow(f"no such row: {name}; one of {', '.join(all_rows(setting))}")


def all_rows(setting: Setting) -> list[str]:
    """Every row that can be made, in the order of the tables; those of the shipped model only where there is one."""
    fixed = [name for name in ROWS if name not in OF_SHIPPED or setting.checkpoint.is_file()]
    before, after = fixed[: fixed.index("late")], fixed[fixed.index("late") :]
    return [*before, *trained_rows(), *after, *setting.checkpoints]


def trained_rows() -> list[str]:
    """The rows that are trained here, on the train split of the data sets measured."""
    from encoders.learning.fusion import FUSIONS
    from encoders.learning.objectives import OBJECTIVES

    return [f"objective:{name}" for name in OBJECTIVES] + [f"fusion:{name}" for name in FUSIONS]


def shipped_row(setting: Setting) -> str:
    """The row that the stream uses by default."""
    return "everything" if setting.checkpoint.is_file() else "bridge"


def random_row(setting: Setting, features: Features) -> Row:
    """Vectors that know nothing: what chance gives. Another text of the same items draws other ones."""

    def row(items: Features) -> tuple[Floats, Floats]:
        shape = (len(items), len(Modality), DIMENSION)
        drawn = np.random.default_rng([setting.seed, len(items)]).normal(size=shape).astype(np.float32)
        content = zlib.crc32(usual_text(items).tobytes())
        drawn[:, 0] = np.random.default_rng([setting.seed, content]).normal(size=(shape[0], DIMENSION))
        parts = _unit(drawn) * items.present[:, :, None]
        return _unit(parts.sum(axis=1)), parts

    return row


def tower_row(modality: Modality) -> Callable[[Setting, Features], Row]:
    """One pretrained encoder alone, centred on the train split: the vector that a system of one modality would use."""

    def make(setting: Setting, features: Features) -> Row:
        train = features.take(rows_of(features.item_ids, "train"))
        known = tower_of(train, modality)
        has = np.abs(known).sum(axis=1) > 0
        centre = known[has].mean(axis=0) if has.any() else np.zeros(known.shape[1], np.float32)

        def row(items: Features) -> tuple[Floats, Floats]:
            given = tower_of(items, modality)
            there = np.abs(given).sum(axis=1, keepdims=True) > 0
            vectors = _unit((given - centre) * there)
            parts = np.zeros((len(items), len(Modality), vectors.shape[1]), np.float32)
            parts[:, int(modality) - 1] = vectors
            return vectors, parts

        return row

    return make


def unaligned_row(setting: Setting, features: Features) -> Row:
    """Each tower through a random head of its own (orthonormal columns), then the mean: a space nobody aligned."""

    def head(modality: Modality, width: int) -> Floats:
        drawn = np.random.default_rng([setting.seed, int(modality)]).normal(size=(width, width))
        axes, _ = np.linalg.qr(drawn)
        spread = np.zeros((width, DIMENSION), np.float32)
        spread[:, : min(width, DIMENSION)] = axes[:, :DIMENSION]
        return spread

    heads = {modality: head(modality, tower_of(features, modality).shape[1]) for modality in Modality}

    def row(items: Features) -> tuple[Floats, Floats]:
        parts = np.stack([_unit(tower_of(items, modality) @ heads[modality]) for modality in Modality], axis=1)
        return _unit(parts.sum(axis=1)), parts

    return row


def bridge_row(setting: Setting, features: Features) -> Row:
    """The training-free bridge, as exported and served."""

    def make() -> Row:
        found = [n for n, version in exported(setting.repository).items() if version.startswith("bridge-")]
        if not found:
            raise NotExported(setting.repository, "the bridge")
        return aligner_row(runtime.Aligner(model_folder(setting.repository, "aligner", found[-1])).run)

    return _once("bridge", setting, make)


def everything_row(setting: Setting, features: Features) -> Row:
    """The shipped heads and fusion, in the very module that is exported."""
    return _once("everything", setting, lambda: checkpoint_row(setting.checkpoint))


def adapted_row(setting: Setting, features: Features) -> Row:
    """The same with the mean text of the data set's train split as its centre, as the rows of one encoder have it."""
    from encoders.learning.adapt import NoTexts, adapted

    model = _loaded_model(setting.checkpoint)
    try:
        return _model_row(adapted(model, [features]))
    except NoTexts:
        return _model_row(model)


def late_row(setting: Setting, features: Features) -> Row:
    """The parts of the row in use, whose scores are then fused instead of its vectors."""
    return make_row(shipped_row(setting), setting, features)


def checkpoint_row(path: Path) -> Row:
    """A model that `train` has saved. Raises NoSuchRow when it is not there."""
    return _model_row(_loaded_model(path))


def _loaded_model(path: Path) -> AlignmentModel:
    from encoders.learning.saved import NotAModel, load

    try:
        return load(path)
    except NotAModel as error:
        raise NoSuchRow(str(error)) from error


def _model_row(model: AlignmentModel) -> Row:
    import torch

    from encoders.aligner import TrainedAligner

    module = TrainedAligner(model).eval()

    def run(inputs: dict[str, Array]) -> tuple[Floats, Floats]:
        with torch.inference_mode():
            vector, parts = module(**{name: torch.from_numpy(values) for name, values in inputs.items()})
        return vector.numpy(), parts.numpy()

    return aligner_row(run)


def aligner_row(run: Callable[[dict[str, Array]], tuple[Floats, Floats]]) -> Row:
    """An aligner over the inputs that it is served with, in batches."""

    def row(items: Features) -> tuple[Floats, Floats]:
        starts = range(0, len(items), BATCH)
        outs = [run(inputs_of(items.take(range(a, min(a + BATCH, len(items)))))) for a in starts]
        return np.concatenate([vectors for vectors, _ in outs]), np.concatenate([parts for _, parts in outs])

    return row


def inputs_of(items: Features) -> dict[str, Array]:
    """What an aligner is fed, by the names of `runtime.ALIGNER_INPUTS`."""
    picture, classes, picture_modality = items.pictures.padded(len(items))
    sound, tags, sound_modality = items.sounds.padded(len(items))
    return {
        "text": usual_text(items),
        "classes": classes,
        "picture": picture,
        "picture_modality": picture_modality,
        "tags": tags,
        "sound": sound,
        "sound_modality": sound_modality,
        "quality": items.quality,
    }


def usual_text(items: Features) -> Floats:
    """float32[n, 512], zeros where no item has any text."""
    return items.texts["text"] if "text" in items.texts else np.zeros((len(items), TEXT_WIDTH), np.float32)


def tower_of(items: Features, modality: Modality) -> Floats:
    """A tower's mean embedding of one modality, float32[n, width]; a video is its frames."""
    if modality is Modality.TEXT:
        return usual_text(items)
    slots = items.sounds if modality is Modality.AUDIO else items.pictures
    return slots.mean_embedding(len(items), int(modality))


def _trained_row(name: str, setting: Setting) -> Row:
    from encoders.measuring.training import train_cached

    return checkpoint_row(train_cached(name, setting.sets, setting.cache, setting.progress))


def _once(name: str, setting: Setting, make: Callable[[], Row]) -> Row:
    if name not in setting.made:
        setting.made[name] = make()
    return setting.made[name]


def _unit(vectors: Floats) -> Floats:
    unit: Floats = (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), TINY)).astype(np.float32)
    return unit


ROWS: dict[str, Callable[[Setting, Features], Row]] = {
    "random": random_row,
    "text": tower_row(Modality.TEXT),
    "image": tower_row(Modality.IMAGE),
    "audio": tower_row(Modality.AUDIO),
    "unaligned": unaligned_row,
    "bridge": bridge_row,
    "late": late_row,
    "everything": everything_row,
    "adapted": adapted_row,
}
SINGLE = ("text", "image", "audio")  # of one modality: left out where items don't have it
OF_SHIPPED = ("everything", "adapted")
LATE = ("late",)  # rows whose scores are fused, not their vectors
