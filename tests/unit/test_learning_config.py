"""Configurations: the committed ones load, and a wrong one says in a line what is wrong and where."""

from pathlib import Path

import pytest

from encoders.layout import ROOT
from encoders.learning.config import ConfigError, TrainConfig, read_config

CONFIGS = ROOT / "encoders" / "configs"


@pytest.mark.parametrize("name", ["default", "with-films"])
def test_the_committed_configurations_load_and_name_their_data(name: str) -> None:
    assert "stamps" in read_config(CONFIGS / f"{name}.toml").data


def test_the_default_learns_from_openly_licensed_data_alone() -> None:
    assert set(read_config(CONFIGS / "default.toml").data) <= {
        "stamps",
        "esc10",
        "emoji",
        "clipart",
    }


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("epoch = 3", "epoch"),
        ("epochs = 0", "epochs"),
        ('epochs = "many"', "epochs"),
        ("modality_dropout = 1.5", "modality_dropout"),
        ('precision = "float8"', "precision"),
        ("epochs = ", "Invalid"),
        ('model = { fusion = "mean" }', "fusion: mean; one of average"),
        ('serve = "gated"', "fusion that can serve what learned by another: gated; one of average"),
        ('model = { sound = "deep" }', "head: deep; one of linear"),
        ("objectives = { hinge = 1.0 }", "hinge; one of info-nce"),
        ("item_objectives = { info-nce = 1.0 }", "info-nce; one of views"),
    ],
)
def test_a_wrong_configuration_is_said_with_its_file_and_key(written: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        read_config(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_said_with_where_configurations_lie(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="encoders/configs"):
        read_config(tmp_path / "none.toml")


def test_a_seed_given_beside_it_replaces_the_files(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("seed = 3", encoding="utf-8")
    assert read_config(tmp_path / "mine.toml").seed == 3
    assert read_config(tmp_path / "mine.toml", seed=0) == TrainConfig(seed=0)
