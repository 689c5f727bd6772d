"""`python -m encoders compare` as a user types it."""

import json
from pathlib import Path

import pytest
from made_up_features import made_up_bridge, made_up_features
from typer.testing import CliRunner

from encoders.__main__ import app
from encoders.learning.config import read_config

runner = CliRunner()


def test_mistakes_are_said_in_one_line(tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text("[vary]\nspeed = [1.0]\n")
    for more, said in (
        ([], "content.jsonl"),
        (["--config", str(tmp_path / "none.toml")], "no such file"),
        (["--space", str(tmp_path / "none.toml")], "none.toml"),
        (["--space", str(space)], "speed is no key"),  # said before any data set is read
    ):
        done = runner.invoke(app, ["compare", "--data", str(tmp_path / "nothing"), *more])
        assert done.exit_code == 1
        assert said in done.stderr
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1


CONFIG = """
epochs = 1
evaluate_every = 1
batch = 64
[model]
text = "none"
picture = "linear"
sound = "none"
hidden = 8
"""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The arguments of a sweep over a data set that never was."""
    monkeypatch.setattr("encoders.learning.features.load_features", lambda folder, progress: made_up_features())
    monkeypatch.setattr("encoders.learning.train.load_bridge", made_up_bridge)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "space.toml").write_text(
        '[vary]\n"model.fusion" = ["average"]\nlearning_rate = {low = 1e-3, high = 1e-2}\n'
    )
    return [
        *("compare", "--data", "made-up", "--trials", "2", "--seed", "5"),
        *("--config", str(tmp_path / "config.toml"), "--space", str(tmp_path / "space.toml")),
    ]


def test_one_table_or_json_the_best_first_and_the_best_configuration_as_a_file(
    given: list[str], tmp_path: Path
) -> None:
    best = tmp_path / "best.toml"
    done = runner.invoke(app, [*given, "--json", "--out", str(best)])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [sorted(trial) for trial in told["trials"]] == [
        ["as_given", "number", "score", "seconds", "state", "varied"]
    ] * 2
    scores = [trial["score"] for trial in told["trials"]]
    assert scores == sorted(scores, reverse=True)
    written = read_config(best)
    assert (written.seed, written.epochs, written.model.picture) == (5, 1, "linear")
    assert written.learning_rate == told["best"]["learning_rate"] == told["trials"][0]["varied"]["learning_rate"]
    shown = runner.invoke(app, given).stdout
    assert "as given" in shown
    assert "learning_rate" in shown
