"""On real ratings the harness gives the figures that another program, written apart from it, gave for popularity."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.cli import run
from streams.verbs._failure import ExitCode

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "movielens-small"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="movielens-small is not beside the checkout (../shared/data)")
def test_popularity_of_ratings_from_four_and_a_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPWELL_HOME", str(tmp_path / "home"))
    assert run(["convert", "movielens", str(FOLDER), str(tmp_path / "films")]) == ExitCode.OK
    capsys.readouterr()
    line = ["--positive", "rating>=4.5", "--only-positive", "--unseen", "--methods", "popularity", "--json"]
    assert run(["evaluate", str(tmp_path / "films"), *line]) == ExitCode.OK
    report = json.loads(capsys.readouterr().out)
    assert (report["events"], report["tested"], report["tested_cold"]) == (21_762, 15_234, 5_993)
    assert report["publication_lead_s"] == 60, "films are dated by their first rating, which leaks and must be told"
    popularity = report["methods"]["popularity"]
    assert popularity["recall@10"] == pytest.approx(0.071, abs=0.001)
    assert popularity["ndcg@10"] == pytest.approx(0.037, abs=0.001)
    assert popularity["cold"]["recall@10"] == 0
