"""A trained model at home in a catalogue: its texts' own centre, and nothing else of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_builders import made_features, random_bridge
from typer.testing import CliRunner

from encoders.__main__ import app
from encoders.learning.adapt import NoTexts, adapted
from encoders.learning.config import ModelConfig
from encoders.learning.features import Features
from encoders.learning.model import AlignmentModel
from encoders.learning.splits import rows_of
from encoders.learning.validate import apply

MODEL = AlignmentModel(ModelConfig(text="none", hidden=16, fusion="words-first"), random_bridge()).eval()
KIND = 3.0  # how far the catalogue's texts lie from where the model expects them


def catalogue() -> Features:
    """Things that differ a little and have much in common: a film is, above all, a film."""
    made = made_features()
    common = np.random.default_rng(5).normal(size=(1, made.texts["text"].shape[1])).astype(np.float32)
    return replace(made, texts={"text": made.texts["text"] + KIND * common})


def mean_cosine(parts: np.ndarray) -> float:
    words = parts[:, 0]
    return float((words @ words.T).mean())


def test_what_all_items_of_a_kind_share_no_longer_makes_them_alike() -> None:
    features = catalogue()
    away, home = apply(MODEL, features)[1], apply(adapted(MODEL, [features]), features)[1]
    assert mean_cosine(away) > 0.9
    assert abs(mean_cosine(home)) < 0.1


def test_pictures_sounds_and_the_given_model_stay_as_they_were() -> None:
    features = catalogue()
    before = {name: value.clone() for name, value in MODEL.state_dict().items()}
    home = adapted(MODEL, [features])
    assert torch.equal(MODEL.centre, before["centre"])
    changed = [name for name, value in home.state_dict().items() if not torch.equal(value, before[name])]
    assert changed == ["centre"]


def test_the_centre_is_of_the_train_split_alone() -> None:
    features = catalogue()
    rows = rows_of(features.item_ids, "test")
    other = features.texts["text"].copy()
    other[rows] = 99.0
    spoilt = replace(features, texts={"text": other})
    assert torch.equal(adapted(MODEL, [features]).centre, adapted(MODEL, [spoilt]).centre)


def test_a_catalogue_without_texts_is_refused_in_words() -> None:
    mute = replace(made_features(), texts={})
    with pytest.raises(NoTexts, match="--data"):
        adapted(MODEL, [mute])


def test_the_command_says_in_one_line_what_it_cannot_start_from(tmp_path: Path) -> None:
    out, missing = str(tmp_path / "a.safetensors"), str(tmp_path / "no")
    said = CliRunner().invoke(app, ["adapt", "--data", str(tmp_path), "--out", out, "--model", missing])
    assert said.exit_code == 1
    assert said.stderr.count("\n") == 1
    assert "no model file" in said.stderr
