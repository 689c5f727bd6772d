"""The rule file of a running worker: read at the start, again when it changes, and refused when it cannot be used."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from streams.cli import run
from streams.core.business import BusinessRules, BusinessRulesError
from streams.observe import metrics
from streams.verbs._failure import ExitCode
from streams.views.business import BusinessRulesFile

BLOCK = "[[rule]]\nname = 'quiet'\ndo = 'block'\nwhere = \"'loud' in tags\"\n"
SECOND = "[[rule]]\nname = 'first'\ndo = 'pin'\nitems = ['a']\n"


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(BLOCK, encoding="utf-8")
    return path


@pytest.fixture
async def rules(file: Path) -> AsyncIterator[BusinessRules]:
    made = BusinessRules()
    service = BusinessRulesFile(file, made, every_s=0.01)
    await service.start()
    yield made
    await service.stop()


def put(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


async def until(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.01)


async def test_a_changed_file_is_in_force_without_a_restart(file: Path, rules: BusinessRules) -> None:
    assert len(rules) == 1
    put(file, BLOCK + SECOND)
    await until(lambda: len(rules) == 2)


async def test_a_file_that_breaks_leaves_the_rules_before_in_force(file: Path, rules: BusinessRules) -> None:
    put(file, "[[rule]]\nname = 3")
    await until(lambda: metrics.REFUSED_RULE_FILES._value.get() == 1)
    assert len(rules) == 1
    put(file, BLOCK + SECOND)
    await until(lambda: len(rules) == 2)
    assert metrics.REFUSED_RULE_FILES._value.get() == 0


async def test_a_worker_does_not_start_on_a_file_it_cannot_use(tmp_path: Path) -> None:
    service = BusinessRulesFile(tmp_path / "none.toml", BusinessRules())
    with pytest.raises(BusinessRulesError, match=r"none\.toml cannot be read"):
        await service.on_start()


def test_the_verb_lists_the_rules_or_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(BLOCK + SECOND, encoding="utf-8")
    bad.write_text("[[rule]]\nname = 'x'\ndo = 'block'\nwhere = 'price <'", encoding="utf-8")
    assert run(["rules", "check", str(good)]) == ExitCode.OK
    assert "2 rules, all usable" in capsys.readouterr().out
    assert run(["rules", "check", str(good), "--json"]) == ExitCode.OK
    assert [rule["name"] for rule in json.loads(capsys.readouterr().out)] == ["quiet", "first"]
    assert run(["rules", "check", str(bad)]) == ExitCode.FAILED
    assert "rule 'x'" in capsys.readouterr().err
    assert run(["rules", "check", str(tmp_path / "none")]) == ExitCode.NOT_FOUND
