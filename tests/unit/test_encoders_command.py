"""`python -m encoders` as a user types it."""

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from encoders.__main__ import app
from encoders.samples import picture

runner = CliRunner()


def test_info_tells_the_version_and_the_space() -> None:
    told = json.loads(runner.invoke(app, ["info"]).stdout)
    assert told["version"].startswith("bridge-")
    assert told["dimension"] == 256
    assert told["modalities"] == ["text", "image", "audio", "video"]


def test_an_item_is_encoded_from_text_and_files(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(picture())
    done = runner.invoke(app, ["encode", "--text", "a red fox", "--image", str(tmp_path / "p.png")])
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["modalities"] == ["text", "image"]
    assert abs(np.linalg.norm(told["vector"]) - 1) < 1e-4


def test_an_item_without_anything_usable_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(b"no picture")
    done = runner.invoke(app, ["encode", "--image", str(tmp_path / "p.png")])
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problems"] == ["image:unreadable"]


def test_a_missing_file_or_export_is_said_in_one_line(tmp_path: Path) -> None:
    for arguments in (["encode", "--image", str(tmp_path / "none.png")], ["info", "--repository", str(tmp_path)]):
        done = runner.invoke(app, arguments)
        assert done.exit_code == 1
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1


def test_missing_weights_name_what_installs_them(tmp_path: Path) -> None:
    done = runner.invoke(app, ["export", "--weights", str(tmp_path), "--repository", str(tmp_path / "repository")])
    assert done.exit_code == 1
    assert "make setup" in done.stderr


def test_an_export_that_is_up_to_date_writes_nothing() -> None:
    done = runner.invoke(app, ["export"])
    assert done.exit_code == 0
    assert "up to date" in done.stdout
