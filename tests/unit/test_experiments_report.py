"""What is said of an experiment: a verdict for each variant and one plain line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.cli import run
from streams.core.experiments.counts import begun
from streams.core.experiments.definition import Changes, Experiment, Kind, Variant
from streams.core.experiments.report import Verdict, report
from streams.core.experiments.shown import row, title
from streams.events import ExperimentCounts, VariantCounts
from streams.verbs._failure import ExitCode

SPLIT = Experiment("mmr", (Variant("usual"), Variant("diverse", set=Changes(diversity=1.0))))


def users(count: int, hits_of_ten: int) -> VariantCounts:
    """`count` users with ten acts each; every second one hits twice `hits_of_ten`, the others never."""
    half = count // 2
    squared = half * (2 * hits_of_ten) ** 2
    return VariantCounts(
        users=count, lists=12 * count, active=count, acts=10 * count, acts_squared=100 * count,
        hits=float(count * hits_of_ten), hits_squared=float(squared), hits_acts=float(10 * count * hits_of_ten),
        hits_by_source={"fresh": count * hits_of_ten},
    )  # fmt: skip


def counts(usual: VariantCounts, diverse: VariantCounts) -> ExperimentCounts:
    return replace(begun(SPLIT, 0, 1.0), variants={"usual": usual, "diverse": diverse})


def test_a_difference_that_the_interval_shows_is_named_with_its_size() -> None:
    told = report(counts(users(1000, 1), users(1000, 3)), running=True)
    control, diverse = told.variants
    assert (control.verdict, diverse.verdict) == (Verdict.CONTROL, Verdict.BETTER)
    assert (control.hit_rate_at_10, diverse.hit_rate_at_10) == (0.1, 0.3)
    assert told.verdict.startswith("diverse is better than usual: by +20.0 (+")
    assert report(counts(users(1000, 3), users(1000, 1)), running=True).variants[1].verdict is Verdict.WORSE


def test_where_none_is_shown_the_line_says_how_large_it_may_still_be() -> None:
    told = report(counts(users(100, 2), users(100, 2)), running=True)
    assert told.variants[1].verdict is Verdict.NO_DIFFERENCE
    assert told.verdict.startswith("no difference shown between diverse and usual: it is -")


def test_too_few_users_are_said_to_be_too_few() -> None:
    told = report(counts(users(6, 1), users(6, 3)), running=True)
    assert told.variants[1].verdict is Verdict.TOO_EARLY
    assert "as much as 6 users who act alike on a side, and 10 are needed" in told.verdict
    assert "(too early)" in row(told.variants[1])[6]


def test_users_that_are_not_dealt_out_as_meant_spoil_every_verdict() -> None:
    told = report(counts(users(1000, 1), users(700, 3)), running=True)
    assert told.mismatch
    assert told.variants[1].verdict is Verdict.MISMATCH
    assert told.verdict.startswith("do not trust it: users are dealt usual 1000, diverse 700 where 1 : 1 was meant")
    assert "SAMPLE RATIO MISMATCH" in title(told)


def test_several_variants_share_the_level() -> None:
    third = Experiment("mmr", (*SPLIT.variant, Variant("third", set=Changes(diversity=0.5))))
    two = report(counts(users(200, 1), users(200, 2)), running=True).variants[1].hits_against_control
    variants = {"usual": users(200, 1), "diverse": users(200, 2), "third": users(200, 1)}
    three = report(replace(begun(third, 0, 1.0), variants=variants), running=True).variants[1].hits_against_control
    assert two is not None
    assert three is not None
    assert two.high is not None
    assert three.high is not None
    assert three.high > two.high


def test_interleaved_variants_are_compared_on_the_same_acts_and_users() -> None:
    mixed = begun(Experiment("mix", SPLIT.variant, Kind.INTERLEAVE), 0, 1.0)
    sides = {"usual": users(300, 1), "diverse": users(300, 2)}
    told = report(replace(mixed, variants=sides, paired=users(300, 1)), running=True)
    assert (told.users, told.mismatch_p) == (300, None)
    assert told.variants[1].verdict is Verdict.BETTER
    assert "lists interleaved" in title(told)


def test_the_verb_lists_a_file_s_experiments_or_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    variants = "[[experiment.variant]]\nname = 'a'\n[[experiment.variant]]\nname = 'b'\n"
    good.write_text(f"[[experiment]]\nname = 'mmr'\n{variants}set = {{ diversity = 0.9 }}", encoding="utf-8")
    bad.write_text(f"[[experiment]]\nname = 'mmr'\n{variants}", encoding="utf-8")
    assert run(["experiments", "check", str(good)]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "split of 100% of users on every surface: a 50%, b 50%" in shown
    assert "1 experiments, all usable" in shown
    assert run(["experiments", "check", str(good), "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)[0]["variant"][1]["set"] == {"diversity": 0.9}
    assert run(["experiments", "check", str(bad)]) == ExitCode.FAILED
    assert "'a' and 'b' set the same" in capsys.readouterr().err
    assert run(["experiments", "check", str(tmp_path / "none")]) == ExitCode.NOT_FOUND
