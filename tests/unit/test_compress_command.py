"""`python -m encoders compress` and what it measures with."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from encoders.__main__ import app
from encoders.compress import variants
from encoders.compress.judge import Judge
from encoders.compress.media import TooFewItems, gather
from encoders.compress.prune import prune
from encoders.compress.quantise import quantise_dynamic
from encoders.compress.variants import Making, Variant
from encoders.learning.splits import Split, split_of
from encoders.samples import drawing, picture

runner = CliRunner()
WORDS = ["fox", "river", "drum", "candle", "tower", "apple", "storm", "violin", "bridge", "horse", "cloud", "knife"]


def write(folder: Path, wanted: dict[Split, int]) -> Path:
    """A data set of items of two words and a drawing, so many in each split."""
    folder.mkdir()
    lines, left, number = [], dict(wanted), 0
    while any(left.values()):
        number += 1
        item_id = f"item-{number}"
        split = split_of(item_id)
        if not left.get(split):
            continue
        left[split] -= 1
        name = f"{number}.png"
        (folder / name).write_bytes(picture(image=drawing(64, 48, seed=number)))
        title = f"{WORDS[number % len(WORDS)]} {WORDS[number // 7 % len(WORDS)]}"
        lines.append(json.dumps({"item_id": item_id, "title": title, "image": name}))
    (folder / "content.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("data") / "drawings", {"train": 12, "validation": 20, "test": 2})


@pytest.fixture(scope="module")
def judge(dataset: Path) -> Judge:
    return Judge(gather([dataset], learn=12, measure=20).held)


def test_what_is_learned_from_and_what_is_measured_on_lie_in_their_splits(dataset: Path) -> None:
    media = gather([dataset], learn=8, measure=20)
    assert (len(media.pictures), len(media.held)) == (8, 20)
    items = [json.loads(line) for line in (dataset / "content.jsonl").read_text().splitlines()]
    titles = {item["title"] for item in items if split_of(item["item_id"]) == "train"}
    assert len(media.texts) == len(titles)  # every text of the train split, each once


def test_too_little_to_measure_on_is_said(tmp_path: Path) -> None:
    few = write(tmp_path / "few", {"train": 4, "validation": 3})
    with pytest.raises(TooFewItems, match="hold 3 items, 20 are needed"):
        gather([few], learn=10, measure=10)


@pytest.fixture
def uncompressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deflating the large text model takes seconds, and is not what these tests are about."""
    monkeypatch.setattr("encoders.compress.judge.sent_size", lambda graph: graph.stat().st_size)


def test_the_exported_model_agrees_with_itself(judge: Judge, uncompressed: None) -> None:
    row = judge.tower("text", judge.graphs["text"])
    assert row["agreement"] == row["item_agreement"] == pytest.approx(1.0, abs=1e-4)
    assert row["pairs"] == row["rows"] == 20
    assert row["recall@10"] is not None
    assert row["cpu_ms"] is not None
    assert row["cpu_ms"] > 0


def test_a_damaged_model_is_told_from_a_whole_one(judge: Judge, tmp_path: Path) -> None:
    prune(judge.graphs["picture"], tmp_path / "image.onnx", 0.5)
    row = judge.tower("picture", tmp_path / "image.onnx")
    assert row["agreement"] is not None
    assert row["agreement"] < 0.9
    assert row["sent_bytes"] is not None
    assert row["bytes"] is not None
    assert row["sent_bytes"] < 0.8 * row["bytes"]


def test_the_command_prints_each_variant_beside_what_is_exported(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uncompressed: None
) -> None:
    def only_the_aligner(making: Making) -> Iterator[Variant]:
        path = making.path("aligner", "int8-dynamic")
        quantise_dynamic(making.graphs["aligner"], path)
        yield Variant("aligner", "int8-dynamic", path)

    monkeypatch.setattr(variants, "METHODS", {"quantise": only_the_aligner})
    given = ["compress", "--data", str(dataset), "--method", "quantise", "--measure", "20", "--out", str(tmp_path)]
    done = runner.invoke(app, [*given, "--json"])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["version"].startswith("bridge-")
    assert told["items"] == 20
    rows = told["rows"]
    assert set(rows) == {"text", "picture", "sound", "aligner"}
    assert set(rows["aligner"]) == {"as-exported", "int8-dynamic"}
    assert 0.9 < rows["aligner"]["int8-dynamic"]["item_agreement"] <= 1.0
    assert rows["aligner"]["int8-dynamic"]["bytes"] < rows["aligner"]["as-exported"]["bytes"]
    assert rows["sound"]["as-exported"]["recall@10"] is None
    assert (tmp_path / "aligner.int8-dynamic.onnx").exists()


def test_mistakes_are_said_in_one_line(tmp_path: Path) -> None:
    unknown = runner.invoke(app, ["compress", "--data", str(tmp_path), "--method", "squeeze"])
    assert unknown.exit_code == 2
    assert "choose from" in unknown.stderr
    nothing = runner.invoke(app, ["compress", "--data", str(tmp_path / "none")])
    assert nothing.exit_code == 1
    assert nothing.stderr.startswith("error: ")
    assert nothing.stderr.count("\n") == 1
