"""`make setup`: what is done again and what is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.local import needs, setup
from deploy.local.needs import Need, SetupError, parse_java_version
from deploy.local.stamps import Stamps, digest
from deploy.local.steps import ROOT, Step, steps


class Bench:
    """One step with an input, a result and a count of its runs."""

    def __init__(self, folder: Path) -> None:
        self.input = folder / "lock"
        self.input.write_text("one")
        self.result = folder / "made"
        self.stamps = Stamps(folder / "stamps")
        self.runs = 0

    def _run(self) -> None:
        self.runs += 1
        self.result.touch()

    def setup(self) -> int:
        step = Step("it", "something", (self.input,), (self.result,), self._run)
        return setup.run((step,), self.stamps)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_step_that_is_up_to_date_is_skipped(bench: Bench) -> None:
    assert [bench.setup(), bench.setup()] == [1, 0]
    assert bench.runs == 1


def test_a_changed_lock_runs_its_step_again(bench: Bench) -> None:
    bench.setup()
    bench.input.write_text("two")
    bench.setup()
    assert bench.runs == 2


def test_a_result_that_was_removed_is_made_again(bench: Bench) -> None:
    bench.setup()
    bench.result.unlink()
    bench.setup()
    assert bench.result.exists()


def test_a_step_that_was_interrupted_runs_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.setup()
    bench.input.write_text("two")
    with monkeypatch.context() as broken:
        broken.setattr(bench, "_run", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bench.setup()
    bench.input.write_text("one")  # its stamp would match again, had it been kept
    assert bench.setup() == 1


def test_a_step_that_makes_nothing_is_an_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_run", lambda: None)
    with pytest.raises(SetupError, match="made no"):
        bench.setup()


def test_the_order_of_inputs_does_not_matter_but_their_contents_do(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    before = digest([one, two])
    assert digest([two, one]) == before
    two.write_text("3")
    assert digest([one, two]) != before


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("command not found", None),
    ],
)
def test_java_versions_of_all_ages_are_read(said: str, major: int | None) -> None:
    assert parse_java_version(said) == major


def test_without_root_what_is_missing_is_named_with_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="missing: Maven; install it, on Debian: sudo apt-get install maven"):
        needs.supply([Need("Maven", "maven")])


def test_locks_carry_hashes_and_no_addresses() -> None:
    locks = [ROOT / "requirements.lock", *(ROOT / "deploy" / "local").glob("*.lock")]
    assert len(locks) >= 5
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text, lock
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pinned
        assert all(line.endswith("\\") and "==" in line for line in pinned), lock


def test_every_step_says_what_it_needs_and_makes() -> None:
    names = [step.name for step in steps()]
    assert len(set(names)) == len(names)
    assert all(path.exists() for step in steps() for path in step.inputs)
