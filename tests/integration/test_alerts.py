"""Alerts and recording rules on the real promtool: they load, fire, stay quiet, and lead to the runbook."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import streams.observe.metrics  # noqa: F401  # registers what the rules may name
from streams.local import paths

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
PROMTOOL = paths.prometheus("promtool")


def load(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded


RULES = [
    rule for file in (FOLDER / "rules").glob("*.yaml") for group in load(file)["groups"] for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
CASES = [
    case
    for file in (FOLDER / "tests").glob("*.yaml")
    for test in load(file)["tests"]
    for case in test.get("alert_rule_test", ())
]


def promtool(*arguments: str) -> None:
    if PROMTOOL is None:
        pytest.skip("promtool is not installed: install the Debian package prometheus")
    done = subprocess.run([PROMTOOL, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_configuration_and_its_rules() -> None:
    promtool("check", "config", "prometheus.yml")


@pytest.mark.parametrize("file", sorted((FOLDER / "tests").glob("*.yaml")), ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_only_then(file: Path) -> None:
    promtool("test", "rules", str(file))


@pytest.mark.parametrize("alert", [rule["alert"] for rule in ALERTS])
def test_an_alert_is_seen_firing(alert: str) -> None:
    assert any(case["alertname"] == alert and case["exp_alerts"] for case in CASES)


@pytest.mark.parametrize("alert", [rule["alert"] for rule in ALERTS])
def test_an_alert_is_seen_quiet(alert: str) -> None:
    assert any(case["alertname"] == alert and not case["exp_alerts"] for case in CASES)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_its_chapter_of_the_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    chapters = re.findall(r"^### (\S+)$", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rule["alert"] in chapters


def test_the_runbook_has_no_chapter_for_an_alert_that_is_no_more() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (Upwell\S+)$", text, re.MULTILINE)) == {rule["alert"] for rule in ALERTS}


def test_every_metric_a_rule_names_is_one_we_publish() -> None:
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    published = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    published |= {family.name + "_total" for family in REGISTRY.collect() if family.type == "counter"}
    published |= {family.name for family in REGISTRY.collect() if family.type == "gauge"}
    published |= {family.name + suffix for family in REGISTRY.collect() for suffix in ("_bucket", "_sum", "_count")}
    for rule in RULES:
        for name in re.findall(r"[a-z_]*:?upwell[a-z0-9_:]+", rule["expr"]):
            assert name in published | recorded, f"{rule.get('alert') or rule['record']} names {name}"
