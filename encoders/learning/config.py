"""What a training run is told: one TOML file, every key checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the file and the key."""


Count = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Amount = Annotated[float, msgspec.Meta(ge=0.0)]


class ModelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of the model. Heads: encoders/learning/heads.py; fusion: encoders/learning/fusion."""

    text: str = "linear"
    picture: str = "mlp"
    sound: str = "mlp"
    hidden: Count = 256
    dropout: Share = 0.2
    fusion: str = "gated"  # that the heads learn by; what is saved has the fusion that it is served with
    bridge: bool = True  # whether a head's output is added to the training-free bridge's vector or stands alone


class TrainConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One training run. Objectives: encoders/learning/objectives, each with its weight."""

    name: str = "aligned"
    data: dict[str, str] = {}  # learned from when no DATASET folder is named: see named_data.py
    seed: int = 7
    model: ModelConfig = ModelConfig()
    serve: str = ""  # a fusion with nothing to learn, in place of the one that the heads learned by; "": the same
    objectives: dict[str, Amount] = msgspec.field(default_factory=lambda: {"info-nce": 1.0})  # between modalities
    item_objectives: dict[str, Amount] = {}  # between whole items: views, classes, behaviour
    epochs: Count = 40  # passes over the items of the train split
    batch: Annotated[int, msgspec.Meta(ge=2)] = 512  # items
    learning_rate: Amount = 1e-3
    weight_decay: Amount = 0.05
    warm_up: Share = 0.1  # share of the steps
    ridge: Amount = 0.0  # > 0: start the linear paths from a ridge regression of this strength onto the names
    modality_dropout: Share = 0.3
    balance: Share = 0.5  # 0..1: how far the heads' gradients are brought to one size
    noise: Amount = 0.0  # standard deviation of the noise on the towers' features, in units of their own spread
    average: Share = 0.99  # of the weights over steps (EMA); 0 keeps the last ones
    patience: Count = 10  # evaluations on the validation split without a better one before it stops
    evaluate_every: Count = 2  # epochs
    precision: Literal["float32", "bfloat16"] = "float32"
    duplicates: Share = 0.98  # items whose picture is this near (cosine) to a held-out one are not learned from
    alike: Share = 1.0  # items whose passages are this near (cosine) are one thing, never held against each other
    texts: dict[str, Amount] = {}  # how often a text field is drawn (text, title, en, zh, …); 1 where not said
    shares: dict[str, Amount] = {}  # how often a data set's items are drawn, by its name; 1 where not said


def read_config(path: Path, *, seed: int | None = None) -> TrainConfig:
    """With another seed than the file's, if given. Raises ConfigError for a file that is missing or no TOML, an unknown
    key, a wrong type, a number out of range, and a name that no registry has.
    """
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=TrainConfig)
        check(config)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; configurations lie in encoders/configs/") from error
    except (ValueError, OSError) as error:  # msgspec's errors and those of undecodable bytes are ValueErrors
        raise ConfigError(f"{path}: {error}; see encoders/learning/config.py for every key") from error
    return config if seed is None else msgspec.structs.replace(config, seed=seed)


def check(config: TrainConfig) -> None:
    """Raises ValueError for a name that no registry has. Ranges are the types' business."""
    from encoders.learning.fusion import FUSIONS, UNLEARNED  # imported late: they import torch
    from encoders.learning.heads import HEADS
    from encoders.learning.objectives import ITEM_OBJECTIVES, OBJECTIVES

    heads = {"text": config.model.text, "picture": config.model.picture, "sound": config.model.sound}
    for what, names, known in (
        ("head", heads.values(), HEADS),
        ("fusion", [config.model.fusion], FUSIONS),
        ("fusion that can serve what learned by another", [config.serve] if config.serve else [], UNLEARNED),
        ("objective between modalities", config.objectives, OBJECTIVES),
        ("objective between items", config.item_objectives, ITEM_OBJECTIVES),
    ):
        for name in names:
            if name not in known:
                raise ValueError(f"no such {what}: {name}; one of {', '.join(known)}")
