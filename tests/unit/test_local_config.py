"""What the launcher writes for the parts and hands to the workers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from streams.local.kafka import BrokerPorts, settings
from streams.local.milvus import SERVICES, choose_ports
from streams.local.ports import Ports
from streams.local.prometheus import Prometheus
from streams.local.worker import variables
from streams.settings import Settings

ONE = [BrokerPorts(1000, 1001)]
THREE = [BrokerPorts(1000 + 10 * n, 1001 + 10 * n) for n in range(3)]


def test_one_broker_replicates_nothing() -> None:
    config = settings(1, ONE, Path("/data"))
    assert config["offsets.topic.replication.factor"] == "1"
    assert config["transaction.state.log.min.isr"] == "1"


def test_three_brokers_survive_the_loss_of_one() -> None:
    config = settings(2, THREE, Path("/data"))
    assert config["offsets.topic.replication.factor"] == "3"
    assert config["transaction.state.log.min.isr"] == "2"
    assert config["controller.quorum.voters"] == "1@127.0.0.1:1001,2@127.0.0.1:1011,3@127.0.0.1:1021"


@pytest.mark.parametrize("node", [1, 2, 3])
def test_brokers_listen_on_loopback_only(node: int) -> None:
    config = settings(node, THREE, Path("/data"))
    listeners = [*config["listeners"].split(","), config["advertised.listeners"]]
    assert all("://127.0.0.1:" in listener for listener in listeners)


def test_prometheus_scrapes_workers_as_one_job(tmp_path: Path) -> None:
    server = Prometheus(tmp_path / "a folder", 9090)
    server.scrape({"upwell": ["127.0.0.1:1", "127.0.0.1:2"], "milvus": ["127.0.0.1:3"]})
    groups = json.loads((tmp_path / "a folder" / "targets.json").read_text())
    assert groups == [
        {"targets": ["127.0.0.1:1", "127.0.0.1:2"], "labels": {"part": "upwell"}},
        {"targets": ["127.0.0.1:3"], "labels": {"part": "milvus"}},
    ]


def test_prometheus_is_configured_in_yaml_that_any_path_fits_into(tmp_path: Path) -> None:
    if not Prometheus.available():
        pytest.skip("no prometheus binary: install the Debian package prometheus")
    folder = tmp_path / "it's a folder: {odd}"
    server = Prometheus(folder, Ports().free(), rules=[folder / "rules.yaml"])
    try:
        server.start()
        config = yaml.safe_load((folder / "prometheus.yml").read_text())
    finally:
        server.stop()
    assert config["rule_files"] == [str(folder / "rules.yaml")]
    assert config["scrape_configs"][0]["file_sd_configs"][0]["files"] == [str(folder / "targets.json")]


def test_milvus_gets_its_inner_ports_back_at_the_next_start(tmp_path: Path) -> None:
    first = choose_ports(tmp_path, Ports(), proxy=1)
    again = choose_ports(tmp_path, Ports(), proxy=2)
    assert {name: first[name] for name in SERVICES} == {name: again[name] for name in SERVICES}
    assert len(set(first.values())) == len(first)


def test_settings_reach_a_worker_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = Settings(
        home=tmp_path,
        kafka="127.0.0.1:1,127.0.0.1:2",
        media_roots=(tmp_path / "pictures and sounds", Path("/srv")),
        media_allow_private=True,
        half_life_s=12.5,
        rules_file=tmp_path / "rules.toml",
        web_port=0,
        encoder="dummy",
    )
    monkeypatch.setenv("UPWELL_LIST_SIZE", "99")  # left over in the shell, and not what was asked for
    for name, value in variables(given).items():
        monkeypatch.setenv(name, value)
    assert Settings() == given


def test_people_are_shown_only_what_differs_from_the_defaults(tmp_path: Path) -> None:
    assert set(variables(Settings(home=tmp_path, web_port=7), defaults=False)) == {"UPWELL_HOME", "UPWELL_WEB_PORT"}
