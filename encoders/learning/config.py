"""What a training run is told: one TOML file, every key checked."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the file and the key."""


class ModelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of the model. Heads: encoders/learning/heads.py; fusion: encoders/learning/fusion."""

    text: str = "linear"
    picture: str = "mlp"
    sound: str = "mlp"
    hidden: int = 256
    dropout: float = 0.2
    fusion: str = "gated"
    bridge: bool = True  # whether a head's output is added to the training-free bridge's vector or stands alone


class TrainConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One training run. Objectives: encoders/learning/objectives, each with its weight."""

    name: str = "aligned"
    seed: int = 7
    model: ModelConfig = ModelConfig()
    objectives: dict[str, float] = msgspec.field(default_factory=lambda: {"info-nce": 1.0})  # between modalities
    item_objectives: dict[str, float] = {}  # between whole items: views, classes, behaviour
    epochs: int = 40  # passes over the items of the train split
    batch: int = 512  # items
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warm_up: float = 0.1  # share of the steps
    ridge: float = 0.0  # > 0: start the linear paths from a ridge regression of this strength onto the names
    modality_dropout: float = 0.3
    balance: float = 0.5  # 0..1: how far the heads' gradients are brought to one size
    noise: float = 0.0  # standard deviation of the noise on the towers' features, in units of their own spread
    average: float = 0.99  # of the weights over steps (EMA); 0 keeps the last ones
    patience: int = 10  # evaluations on the validation split without a better one before it stops
    evaluate_every: int = 2  # epochs
    precision: Literal["float32", "bfloat16"] = "float32"
    duplicates: float = 0.98  # items whose picture is this near (cosine) to a held-out one are not learned from
    texts: dict[str, float] = {}  # how often a text field is drawn (text, title, en, zh, …); 1 where not said
    shares: dict[str, float] = {}  # how often a data set's items are drawn, by its name; 1 where not said


def read_config(path: Path) -> TrainConfig:
    """Raises ConfigError for a file that is missing, is no TOML, or has an unknown key or a wrong type."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=TrainConfig)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; configurations lie in encoders/configs/") from error
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}; see encoders/learning/config.py for every key") from error
