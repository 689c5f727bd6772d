"""Trials in processes of their own find what they find one after another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evaluate_kit import themed_items, themed_likes, without_costs, written

from streams.cli import run
from streams.verbs._failure import ExitCode


def test_a_report_is_the_same_however_the_work_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPWELL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UPWELL_ENCODER", "dummy")
    folder = written(tmp_path / "set", themed_items(), themed_likes())

    def report(jobs: int) -> dict[str, Any]:
        names = ["--methods", "random,factorisation,upwell,upwell-without-content", "--seeds", "2"]
        line = ["evaluate", str(folder), "--positive", "like", "--unseen", "--jobs", str(jobs), "--json", *names]
        assert run(line) == ExitCode.OK
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return without_costs(found)

    assert report(1) == report(2)
