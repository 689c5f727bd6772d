"""`upwell convert …` as a user runs it: summary, exit codes, one-line errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.cli import run
from streams.verbs._failure import ExitCode


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "esc/001 - Dog bark"
    folder.mkdir(parents=True)
    (folder / "1-1-A.ogg").write_bytes(b"woof")
    return tmp_path / "esc"


def test_the_summary_is_json_on_request(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "esc10", str(clips), str(tmp_path / "out"), "--json"]) == ExitCode.OK
    summary = json.loads(capsys.readouterr().out)
    assert summary["items"] == 1
    assert summary["refused"] == {}


def test_refused_input_is_said_and_gives_exit_code_one(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clips / "001 - Dog bark/holiday.jpg").write_bytes(b"?")
    assert run(["convert", "esc10", str(clips), str(tmp_path / "out")]) == ExitCode.FAILED
    assert "holiday.jpg" in capsys.readouterr().out
    assert (tmp_path / "out/content.jsonl").is_file()


@pytest.mark.parametrize("kind", ["movielens", "esc10"])
def test_rubbish_and_missing_folders_give_one_line(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", kind, str(tmp_path), str(tmp_path / "out")]) == ExitCode.FAILED
    assert run(["convert", kind, str(tmp_path / "none"), str(tmp_path / "out")]) == ExitCode.NOT_FOUND
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("upwell: ")
    assert "no such folder" in second
