"""Every dashboard is made by code, and every panel of it shows something on a real Prometheus."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import streams.observe.metrics  # noqa: F401  # registers what the panels may name
from deploy.grafana.build import BOARDS, FOLDER, rendered
from deploy.grafana.check import check_dashboards, panel_queries
from streams.local.ports import Ports
from streams.local.prometheus import Prometheus

needs_prometheus = pytest.mark.skipif(
    not Prometheus.available(), reason="Prometheus is not installed: install the Debian package prometheus"
)


@pytest.fixture
def busy_worker(ports: Ports) -> Iterator[str]:
    """host:port of a process that publishes our metrics and keeps moving them."""
    port = ports.free()
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("metrics_process.py")), str(port)])
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_the_committed_file_is_what_the_code_makes(board: object) -> None:
    from deploy.grafana.board import Board

    assert isinstance(board, Board)
    file = FOLDER / f"{board.name}.json"
    assert file.read_text(encoding="utf-8") == rendered(board), "run `python -m deploy.grafana.build`"


def test_there_is_no_file_without_code() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == {board.name for board in BOARDS}


def test_every_panel_says_what_it_shows_and_can_be_linked_to() -> None:
    for file in FOLDER.glob("*.json"):
        panels = json.loads(file.read_text(encoding="utf-8"))["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert all(panel["description"] for panel in panels if panel["type"] != "row")


def test_every_metric_a_panel_names_is_one_we_publish() -> None:
    ours = {sample for family in REGISTRY.collect() for sample in names_of(family.name, family.type)}
    for query in panel_queries():
        named = set(re.findall(r"\bupwell_[a-z_]+", query.expr))
        assert named <= ours, f"{query.board} / {query.panel}"


def names_of(name: str, kind: str) -> set[str]:
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}.get(kind, [""])
    return {name + suffix for suffix in suffixes}


@needs_prometheus
def test_every_panel_shows_data_on_a_prometheus_that_scraped_our_metrics(
    busy_worker: str, prometheus: Callable[..., str], eventually: Callable[..., None]
) -> None:
    url = prometheus({"upwell": [busy_worker]}, interval_s=0.5)
    problems: list[str] = []

    def all_show() -> bool:
        # Triton's and Milvus's own metrics need Triton and Milvus: the end-to-end run has them.
        problems[:] = check_dashboards(url, rate_window_s=5, lookback_s=30, without=("nv_", "milvus_"))
        return not problems

    try:
        eventually(all_show, within_s=30, every_s=1)
    except AssertionError:
        pytest.fail("\n".join(problems))


@needs_prometheus
def test_a_panel_without_data_is_found(prometheus: Callable[..., str], tmp_path: Path) -> None:
    panel = {"title": "Nothing", "targets": [{"expr": "upwell_no_such_metric"}, {"expr": "sum("}, {"expr": "0/0*up"}]}
    (tmp_path / "board.json").write_text(json.dumps({"panels": [{"type": "row", "panels": [panel]}]}))
    problems = check_dashboards(prometheus({}), boards=tmp_path)
    assert len(problems) == 3
    assert "no data" in problems[0]
    assert "refuses" in problems[1]
