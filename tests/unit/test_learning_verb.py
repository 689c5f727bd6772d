"""`python -m encoders train` and `collect` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from encoders.__main__ import app
from encoders.learning import named_data
from encoders.learning.logs import read_log
from encoders.learning.named_data import NoSuchData, folders
from encoders.learning.saved import load
from encoders.learning.splits import split_of

runner = CliRunner()
THINGS = ("frog", "train", "apple", "castle", "violin", "horse", "ladder", "cloud", "spoon", "river")
COLOURS = ("red", "green", "blue", "black", "white", "old", "tiny", "huge", "wooden", "broken")
BRIEF = """
name = "brief"
model = { picture = "none", sound = "none" }
epochs = 2
batch = 32
evaluate_every = 1
"""


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A hundred items of words alone, each with a name in another language: enough to learn from."""
    folder = tmp_path / "words"
    folder.mkdir()
    lines = [
        {"item_id": f"w{c}{t}", "title": f"{c} {t}", "language": "en", "attributes": {"name_de": f"{t}, {c}"}}
        for c in COLOURS
        for t in THINGS
    ]
    (folder / "content.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "brief.toml"
    path.write_text(BRIEF, encoding="utf-8")
    return path


def train(*arguments: object) -> Result:
    return runner.invoke(app, ["train", *map(str, arguments)])


def test_it_writes_a_model_a_log_and_a_summary(dataset: Path, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = train("--config", config, "--data", dataset, "--out", out, "--seed", 5, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert load(Path(told["model"])).config.picture == "none"
    assert told["seed"] == 5
    assert told["data"]["words"]["train"] == sum(split_of(f"w{c}{t}") == "train" for c in COLOURS for t in THINGS)
    assert len(read_log(out / "log.csv")) == 2
    resumed = train("--config", config, "--data", dataset, "--out", out, "--seed", 5, "--resume", "--json")
    assert json.loads(resumed.stdout)["sha256"] == told["sha256"]  # there was nothing left to do
    refused = train("--config", config, "--data", dataset, "--out", out, "--seed", 6, "--resume")
    assert_said(refused, "checkpoint")


def test_what_is_wrong_is_said_in_one_line(dataset: Path, config: Path, tmp_path: Path) -> None:
    assert_said(train("--config", tmp_path / "none.toml"), "no such file")
    assert_said(train("--config", config), "names no data")
    assert_said(train("--config", config, "--data", tmp_path / "nothing"), "upwell convert")
    assert_said(runner.invoke(app, ["collect", "stars", str(tmp_path / "stars")]), "clipart, emoji")


def test_an_unknown_option_is_wrong_usage() -> None:
    assert train("--epochs", 3).exit_code == 2


def test_a_data_set_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "stamps").mkdir()
    (tmp_path / "stamps" / "content.jsonl").write_text("{}", encoding="utf-8")
    said: list[str] = []
    assert folders({"stamps": ""}, said.append, tmp_path) == [tmp_path / "stamps"]
    assert not said


def test_a_data_set_is_made_by_the_command_that_anyone_would_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str]) -> None:
        ran.append(command)
        Path(command[-1]).mkdir(parents=True)
        (Path(command[-1]) / "content.jsonl").write_text("{}", encoding="utf-8")

    monkeypatch.setattr(named_data, "_run", run)
    (tmp_path / "sounds").mkdir()
    said: list[str] = []
    made = folders({"esc10": "sounds"}, said.append, tmp_path / "data", tmp_path)
    assert ran == [["upwell", "convert", "esc10", str(tmp_path / "sounds"), str(tmp_path / "data" / "esc10")]]
    assert made == [tmp_path / "data" / "esc10"]
    assert "upwell convert esc10" in said[0]


@pytest.mark.parametrize(
    ("named", "said"), [({"esc10": "none"}, "no such folder"), ({"films": ""}, "known are stamps")]
)
def test_a_data_set_that_cannot_be_made_is_said(named: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(NoSuchData, match=said):
        folders(named, lambda line: None, tmp_path / "data", tmp_path)


def assert_said(done: Result, what: str) -> None:
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("error: ")
    assert what in done.stderr
    assert done.stderr.count("\n") == 1
