"""The rows `objective:NAME` and `fusion:NAME`: small models that differ in one thing, trained on the train splits.

Each is short, so that all of them fit into one run of the measurements: what they tell is how the choices compare, not
how good the best could get. The validation split chooses the epoch, as in any training; the test split is not touched.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import msgspec

from encoders.learning.config import ModelConfig, TrainConfig
from encoders.learning.dataset import BEHAVIOUR
from encoders.learning.features import Features, Progress
from encoders.learning.splits import rows_of

REVISION = 1  # raise it when the same configuration would be trained otherwise
MODEL = "model.safetensors"
OBJECTIVE = "info-nce"  # of the rows that compare fusions
STEPS = 150  # of a tenth of a second on one core
BATCH = 256
EVALUATIONS = 5
FUSION = "gated"  # of the rows that compare objectives


def comparison(name: str, sets: Sequence[Features]) -> TrainConfig:
    """What `objective:NAME` or `fusion:NAME` is trained with."""
    kind, _, variant = name.partition(":")
    objective, fusion = (variant, FUSION) if kind == "objective" else (OBJECTIVE, variant)
    whole = {"views": 0.5} | ({"behaviour": 0.5} if any(_acts(f.dataset) for f in sets) else {})
    items = sum(len(rows_of(features.item_ids, "train")) for features in sets)
    epochs = math.ceil(STEPS / math.ceil(max(1, items) / BATCH))
    return TrainConfig(
        name=name,
        model=ModelConfig(fusion=fusion),
        objectives={objective: 1.0},
        item_objectives=whole,
        epochs=epochs,
        batch=BATCH,
        evaluate_every=max(1, epochs // EVALUATIONS),
    )


def train_cached(name: str, sets: Sequence[Features], cache: Path, progress: Progress) -> Path:
    """The model's file, trained if that was not done before on the same data; log.csv lies beside it."""
    from encoders.learning.saved import save
    from encoders.learning.train import train

    config, folder = comparison(name, sets), folder_of(name, sets, cache)
    path = folder / MODEL
    if not path.is_file():
        model = train(config, sets, lambda done, of, figures: progress(f"training {name}", done, of), folder=folder)
        save(model, path)
    return path


def folder_of(name: str, sets: Sequence[Features], cache: Path) -> Path:
    """Where the row's model and log are kept; changes with its configuration and the data."""
    return cache / f"{name.replace(':', '-')}-{_key(comparison(name, sets), sets)}"


def _key(config: TrainConfig, sets: Sequence[Features]) -> str:
    digest = hashlib.sha256(f"{REVISION} ".encode() + msgspec.json.encode(config, order="deterministic"))
    for features in sets:
        digest.update(f"{features.name} {features.key} ".encode())
    return digest.hexdigest()[:16]


def _acts(dataset: Path) -> bool:
    path = dataset / BEHAVIOUR
    return path.is_file() and path.stat().st_size > 0
