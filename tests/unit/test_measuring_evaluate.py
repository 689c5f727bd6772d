"""`python -m encoders evaluate` as a user types it, on a data set made here."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from encoders.__main__ import app
from encoders.samples import drawing, picture

runner = CliRunner()
ITEMS = 100


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawings of four kinds with names, and users who like two of the kinds each."""
    folder = tmp_path_factory.mktemp("drawings")
    kinds = ("frog", "guitar", "castle", "bread")
    content, behaviour = [], []
    for number in range(ITEMS):
        kind = kinds[number % 4]
        (folder / f"{number}.png").write_bytes(picture(image=drawing(64, 48, seed=number)))
        names = {"name_zh": f"东西 {number}"}
        content.append(
            {
                "item_id": f"d{number}",
                "title": f"{kind} {number}",
                "language": "en",
                "tags": [kind],
                "attributes": names,
            }
            | {"image": f"{number}.png"}
        )
    for user in range(12):
        for number in range(user % 2, ITEMS, 2):
            act = {"event_id": f"{user}-{number}", "user_id": f"u{user}", "item_id": f"d{number}", "action": "like"}
            behaviour.append(act | {"occurred_at": float(number)})
    for name, lines in (("content", content), ("behaviour", behaviour)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def evaluated(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The JSON and the folder of the report of one run."""
    folder = tmp_path_factory.mktemp("report")
    rows = [part for row in ("random", "text", "bridge", "late") for part in ("--row", row)]
    cache = tmp_path_factory.mktemp("cache") / "features"
    command = ["evaluate", "--data", str(dataset), *rows, "--json", "--report", str(folder), "--cache", str(cache)]
    done = runner.invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout), folder


Evaluated = tuple[dict[str, Any], Path]


def test_the_json_holds_every_figure_by_its_published_name(evaluated: Evaluated) -> None:
    told, _ = evaluated
    bridge = told["rows"]["bridge"]
    assert 0 <= bridge["retrieval"]["image->text"]["recall@10"] <= 1
    assert {"recall@1", "recall@5", "recall@10", "mrr", "median_rank", "recall@10.interval"} <= set(
        bridge["retrieval"]["text->image"]
    )
    assert bridge["alignment"]["mse"] > 0
    assert {"infonce", "nwj", "cka", "gap", "uniformity", "alignment"} <= set(bridge["alignment"])
    assert 0 <= bridge["cold"]["ndcg@10"] <= 1
    assert {"without text", "without image"} <= set(bridge["cold"]["missing"])
    assert {"accuracy", "recall", "f1", "per_class", "confusion"} <= set(bridge["zero_shot"]["image"])
    assert bridge["contributions"]["text"]["share"] + bridge["contributions"]["image"]["share"] == pytest.approx(1.0)
    assert told["shipped"] in ("bridge", "everything")


def test_spoilt_media_are_measured_for_rows_that_can_suffer(evaluated: Evaluated) -> None:
    told, _ = evaluated
    assert {"blur", "noise", "cropped text", "wrong language"} <= set(told["rows"]["bridge"]["robustness"])
    assert "silence" not in told["rows"]["bridge"]["robustness"]  # nothing here has a sound
    assert "robustness" not in told["rows"]["random"]


def test_the_figures_of_one_data_set_are_those_under_its_name(evaluated: Evaluated, dataset: Path) -> None:
    told, _ = evaluated
    measured = told["datasets"][dataset.name]
    assert measured["rows"] == told["rows"]
    assert measured["items"] == ITEMS
    assert 10 <= measured["test_items"] < ITEMS / 2


def test_chance_finds_by_chance_and_words_find_their_kind(evaluated: Evaluated) -> None:
    rows = evaluated[0]["rows"]
    assert rows["random"]["neighbours"]["precision@10"] < 0.5
    assert rows["text"]["neighbours"]["precision@10"] > 0.9


def test_decision_level_fusion_has_lists_but_no_vectors(evaluated: Evaluated) -> None:
    assert set(evaluated[0]["rows"]["late"]) == {"neighbours", "cold"}


def test_the_report_is_one_page_with_every_plot_and_the_goals(evaluated: Evaluated, dataset: Path) -> None:
    told, folder = evaluated
    page = (folder / "report.html").read_text(encoding="utf-8")
    plots = {path.stem for path in folder.glob("*.png")}
    kinds = ("recall", "space", "missing-neighbours", "missing-cold", "cold", "spoilt")
    assert {f"{kind}-{dataset.name}" for kind in kinds} | {f"confusion-{dataset.name}-image"} <= plots
    assert {path.stem for path in folder.glob("*.svg")} == plots
    assert page.count("data:image/png;base64,") == len(plots)
    assert "http://" not in page
    assert "https://" not in page
    for goal in told["goals"]:
        assert goal["what"].replace(">", "&gt;") in page
    assert f"## {dataset.name}" in (folder / "tables.md").read_text(encoding="utf-8")
    assert json.loads((folder / "figures.json").read_text(encoding="utf-8")) == told


def test_what_cannot_be_measured_is_said_in_one_line(dataset: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    (small / "content.jsonl").write_text('{"item_id": "a", "title": "alone"}\n', encoding="utf-8")
    cache = ["--cache", str(tmp_path / "features")]
    for arguments, words in (
        (["--data", str(tmp_path / "none")], "upwell convert"),
        (["--data", str(small)], "too few to measure"),
        (["--data", str(small), "--data", str(small)], "rename"),
        (["--data", str(small), "--row", "telepathy"], "no such row: telepathy"),
        (["--data", str(small), "--checkpoint", str(tmp_path / "none.safetensors")], "python -m encoders train"),
        (["--data", str(small), "--repository", str(tmp_path)], "python -m encoders export"),
    ):
        done = runner.invoke(app, ["evaluate", *arguments, *cache])
        assert done.exit_code == 1, arguments
        assert done.stderr.startswith("error: ")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_run_without_data_is_wrong_usage() -> None:
    assert runner.invoke(app, ["evaluate"]).exit_code == 2
