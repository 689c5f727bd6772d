"""`upwell evaluate` from the command line, on a small data set with the dummy encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evaluate_kit import themed_items, themed_likes, without_costs, written

from streams.cli import run
from streams.evaluate.run import shares
from streams.verbs._failure import ExitCode

FIGURES = (
    "recall@5",
    "precision@5",
    "f1@5",
    "ndcg@5",
    "mrr@5",
    "hit_rate@5",
    "accuracy@1",
    "coverage@5",
    "gini@5",
    "novelty@5",
    "diversity@5",
    "calibration@5",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UPWELL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UPWELL_ENCODER", "dummy")
    return written(tmp_path / "set", themed_items(), themed_likes())


def evaluated(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    line = ["evaluate", str(folder), "--positive", "like", "--unseen", "--k", "5", "--jobs", "1", "--json", *more]
    assert run(line) == ExitCode.OK
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_the_json_has_every_figure_of_every_method_by_group_with_intervals(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = evaluated(folder, capsys, "--methods", "popularity,content,upwell")
    assert report["events"] == 120
    assert 0 < report["tested"] <= 84
    for key in ("events_per_second", "bytes_per_user", "bytes_per_item"):
        assert report[key] == report["methods"]["upwell"][key] > 0
    assert list(report["methods"]) == ["popularity", "content", "upwell"]
    for figures in report["methods"].values():
        for part in (figures, figures["cold"], figures["new_users"], figures["rest"]):
            assert set(FIGURES) <= part.keys()
        low, high = figures["intervals"]["recall@5"]
        assert low <= figures["recall@5"] <= high
        assert set(figures["intervals"]["cold"]) == set(FIGURES) - {"coverage@5", "gini@5"}
    gap = report["comparisons"]["popularity"]["recall@5"]
    difference = report["methods"]["upwell"]["recall@5"] - report["methods"]["popularity"]["recall@5"]
    assert gap["difference"] == pytest.approx(difference, abs=1e-5)
    assert gap["interval"][0] <= gap["difference"] <= gap["interval"][1]


def test_lists_are_made_by_the_settings_and_the_report_says_which_are_unusual(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("--methods", "content,upwell")
    usual = evaluated(folder, capsys, *names)
    assert usual["settings"] == {}
    monkeypatch.setenv("UPWELL_CAP_PER_TAG", "1")
    monkeypatch.setenv("UPWELL_CAP_OF_TASTE", "0")
    capped = evaluated(folder, capsys, *names)
    assert capped["settings"] == {"cap_per_tag": 1, "cap_of_taste": 0.0}
    methods, others = capped["methods"], usual["methods"]
    assert methods["upwell"]["diversity@5"] > others["upwell"]["diversity@5"]
    assert methods["content"]["diversity@5"] == others["content"]["diversity@5"]
    assert run(["evaluate", str(folder), "--positive", "like", "--jobs", "1", *names]) == ExitCode.OK
    assert "settings: cap_per_tag 1, cap_of_taste 0" in capsys.readouterr().out


RULES = """
[[rule]]
name = "no jazz"
do = "block"
where = "'jazz' in tags"
"""


def test_business_rules_hold_and_the_report_says_what_they_cost(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("--methods", "upwell,upwell-without-rules")
    usual = evaluated(folder, capsys, *names)
    (folder / "rules.toml").write_text(RULES)
    monkeypatch.setenv("UPWELL_RULES_FILE", str(folder / "rules.toml"))
    ruled = evaluated(folder, capsys, *names)
    assert ruled["settings"] == {"business_rules": ["no jazz"]}
    assert ruled["methods"]["upwell"]["coverage@5"] < usual["methods"]["upwell"]["coverage@5"]
    assert ruled["comparisons"]["upwell-without-rules"]["recall@5"]["difference"] < 0, (
        "a third of the likes is for jazz"
    )
    assert usual["comparisons"]["upwell-without-rules"]["recall@5"]["difference"] == 0
    assert run(["evaluate", str(folder), "--positive", "like", "--jobs", "1", *names]) == ExitCode.OK
    assert "settings: business_rules 'no jazz'" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["[[rule]]\nname = 'half'\ndo = 'block'\n", None])
def test_rules_that_cannot_be_used_are_told_in_a_line_before_anything_is_read(
    text: str | None, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        (folder / "rules.toml").write_text(text)
    monkeypatch.setenv("UPWELL_RULES_FILE", str(folder / "rules.toml"))
    assert run(["evaluate", str(folder), "--positive", "like"]) == ExitCode.FAILED
    told = capsys.readouterr().err.strip()
    assert len(told.splitlines()) == 1
    assert ("half" if text else "rules.toml") in told


EXPERIMENTS = """
[[experiment]]
name = "taste"
  [[experiment.variant]]
  name = "usual"
  [[experiment.variant]]
  name = "blind"
  set = { without_sources = ["interest", "fresh", "kin", "neighbours", "next_after", "trending_tag"] }
"""


def test_variants_of_experiments_are_tried_beside_lists_as_they_are(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "experiments.toml").write_text(EXPERIMENTS)
    monkeypatch.setenv("UPWELL_EXPERIMENTS_FILE", str(folder / "experiments.toml"))
    report = evaluated(folder, capsys, "--methods", "experiments")
    assert list(report["methods"]) == ["upwell", "upwell-trying-taste:blind"], "`usual` is upwell itself"
    assert report["comparisons"]["upwell-trying-taste:blind"]["recall@5"]["difference"] > 0
    assert report["settings"] == {}, "upwell's own lists are the usual ones"


OTHER_ENCODER = EXPERIMENTS.replace("without_sources = [", 'encoder_version = "v2" } # [')
UNTRIABLE = {
    "no file is named": (None, "experiments", ExitCode.USAGE, "UPWELL_EXPERIMENTS_FILE"),
    "the file is wrong": ("[[experiment]]\nname = 'half'\nvariant = []", "upwell", ExitCode.FAILED, "'half'"),
    "two encoder versions": (OTHER_ENCODER, "experiments", ExitCode.USAGE, "only a stream in an upgrade"),
    "nothing changes": (EXPERIMENTS, "upwell-trying-taste:usual", ExitCode.USAGE, "no upwell-trying-taste:usual"),
}


@pytest.mark.parametrize("why", UNTRIABLE)
def test_what_cannot_be_tried_is_told_in_a_line(
    why: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, methods, code, told = UNTRIABLE[why]
    if text is not None:
        (folder / "experiments.toml").write_text(text)
        monkeypatch.setenv("UPWELL_EXPERIMENTS_FILE", str(folder / "experiments.toml"))
    assert run(["evaluate", str(folder), "--positive", "like", "--methods", methods]) == code
    said = capsys.readouterr().err.strip()
    assert told in said
    assert len(said.splitlines()) == 1


def test_content_helps_where_themes_are_what_people_like(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    methods = evaluated(folder, capsys, "--methods", "random,content,upwell")["methods"]
    assert methods["content"]["recall@5"] > methods["random"]["recall@5"]
    assert methods["upwell"]["recall@5"] > methods["random"]["recall@5"]


def test_the_same_seed_gives_the_same_report_and_another_seed_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("--methods", "random,factorisation,upwell")
    first = evaluated(folder, capsys, *names)
    assert without_costs(first) == without_costs(evaluated(folder, capsys, *names))
    both = evaluated(folder, capsys, "--methods", "random", "--seeds", "2")
    assert both["methods"]["random"]["tested"] == 2 * first["methods"]["random"]["tested"] == 2 * both["tested"]
    assert both["methods"]["random"]["recall@5"] != first["methods"]["random"]["recall@5"]


def test_vectors_are_made_once(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = evaluated(folder, capsys, "--methods", "content")
    (cache,) = (tmp_path / "home" / "evaluate").iterdir()
    written_at, lines = cache.stat().st_mtime_ns, len(cache.read_bytes().splitlines())
    assert without_costs(evaluated(folder, capsys, "--methods", "content")) == without_costs(first)
    assert cache.stat().st_mtime_ns == written_at
    cache.write_bytes(cache.read_bytes()[:1000])  # cut short: made again
    assert without_costs(evaluated(folder, capsys, "--methods", "content")) == without_costs(first)
    assert len(cache.read_bytes().splitlines()) == lines == 40


def test_each_modality_can_be_tried_alone(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = evaluated(folder, capsys, "--methods", "modalities,random")
    assert list(report["methods"]) == ["random", "content", "content-text"]
    assert report["left_out"] == ["content-image", "content-audio", "content-video"]
    # Text is all that these items have.
    assert report["methods"]["content-text"]["recall@5"] == report["methods"]["content"]["recall@5"]


def test_a_medium_that_cannot_be_used_is_counted_and_spoils_no_json(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _lose_a_picture(folder)
    with (folder / "content.jsonl").open("a") as content:
        content.write(json.dumps({"item_id": "nothing-to-encode"}) + "\n")
    report = evaluated(folder, capsys, "--methods", "content")
    assert report["problems"] == {"image:not_found": 1}
    assert report["items_not_encoded"] == 1


def test_why_a_medium_cannot_be_used_goes_to_standard_error_when_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPWELL_LOG_LEVEL", "info")
    _lose_a_picture(folder)
    run(["evaluate", str(folder), "--positive", "like", "--methods", "content", "--jobs", "1", "--json"])
    said = capsys.readouterr()
    assert json.loads(said.out)["problems"] == {"image:not_found": 1}
    assert "not_found" in said.err


def _lose_a_picture(folder: Path) -> None:
    """The first item names a picture that is not there."""
    content = folder / "content.jsonl"
    first, *others = content.read_text().splitlines()
    content.write_text("\n".join([json.dumps({**json.loads(first), "image": "nowhere.jpg"}), *others]) + "\n")


def test_at_least_so_many_cold_items_are_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trade = evaluated(folder, capsys, "--methods", "trade-off")["methods"]
    kept = evaluated(folder, capsys, "--methods", "upwell", "--keep-cold", "3")["methods"]["upwell"]
    same = trade["upwell-keeping-3"]
    assert kept["recall@5"] == same["recall@5"]
    assert same["events_per_second"] is None, "others have learned for it"
    assert trade["upwell-keeping-5"]["cold"]["recall@5"] >= trade["upwell"]["cold"]["recall@5"]


def test_people_get_tables_and_a_folder_gets_json_and_pictures(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "report"
    line = [
        "evaluate",
        str(folder),
        "--positive",
        "like",
        "--methods",
        "popularity,upwell,upwell-keeping-2,upwell-lifting-2",
    ]
    assert run([*line, "--jobs", "1", "--report", str(out)]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "120 events of 8 users on 40 items" in shown
    assert "upwell minus each" in shown
    assert json.loads((out / "report.json").read_text())["events"] == 120
    assert all(
        (out / name).read_bytes().startswith(b"\x89PNG")
        for name in ("over-time.png", "first-acts.png", "trade-off.png")
    )


@pytest.mark.parametrize("protocol", ["leave-one-out", "time-split"])
def test_other_protocols_say_what_leaks(folder: Path, capsys: pytest.CaptureFixture[str], protocol: str) -> None:
    report = evaluated(folder, capsys, "--methods", "popularity", "--protocol", protocol)
    assert report["tested"] > 0
    assert report["leaks"].startswith("what others did" if protocol == "leave-one-out" else "nothing")


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--positive", "stars>=4"], ExitCode.USAGE, "--positive: 'stars' means nothing here"),
        (["--methods", "magic"], ExitCode.USAGE, "--methods: no magic; choose from all"),
        (["--methods", ","], ExitCode.USAGE, "name at least one"),
        (["--positive", "purchase", "--only-positive"], ExitCode.FAILED, "loosen --positive"),
        (["--methods", "content-audio"], ExitCode.FAILED, "has what content-audio needs"),
        (["--protocol", "guess"], ExitCode.USAGE, "See `upwell evaluate --help`"),
    ],
)
def test_a_mistake_is_one_line(
    folder: Path, more: list[str], code: ExitCode, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(folder), *more]) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_folder_that_is_no_data_set_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(tmp_path)]) == ExitCode.NOT_FOUND
    assert "make a dataset with `upwell convert`" in capsys.readouterr().err


def test_work_is_dealt_so_that_each_process_has_as_many_of_upwells_lists() -> None:
    variants = [f"upwell-keeping-{n}" for n in range(1, 6)]
    first, second = shares(["popularity", "upwell", *variants], 2)
    assert first[:2] == ("popularity", "upwell")
    assert len(first) - 1 == len(second) == 3
    assert shares(["popularity"], 4) == [("popularity",)]
