"""Prometheus, when its binary is there, scraping every worker and the parts that publish metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.local import paths, probe
from streams.local.errors import PartMissing
from streams.local.process import Child, Command

CONFIG = """\
global:
  scrape_interval: {interval}
  evaluation_interval: {interval}
rule_files: {rules}
scrape_configs:
  - job_name: upwell
    file_sd_configs: [{{files: [{targets}], refresh_interval: 5s}}]
    # The job is told by each target's file: workers, Milvus and Triton are separate jobs.
    relabel_configs: [{{source_labels: [part], target_label: job}}]
"""


class Prometheus:
    """One server. `scrape()` may be called at any time, also before the start."""

    def __init__(self, folder: Path, port: int, interval_s: float = 5.0, rules: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._port = port
        self._interval_ms = round(interval_s * 1000)
        self._rules = tuple(rules)
        self._targets: dict[str, list[str]] = {}
        program = paths.prometheus()
        self.child = Child(
            Command(
                name="Prometheus",
                argv=(
                    program or "prometheus",
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    "--storage.tsdb.retention.time=2d",
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=warn",
                ),
                log=folder / "prometheus.log",
            )
        )

    @staticmethod
    def available() -> bool:
        return paths.prometheus() is not None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def scrape(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Scrape these from now on: host:port by part (`upwell`, `milvus`, `triton`), each part a job."""
        self._targets = {part: list(addresses) for part, addresses in targets.items()}
        groups = [{"targets": a, "labels": {"part": part}} for part, a in self._targets.items()]
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "targets.json"
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(groups), encoding="utf-8")
        draft.replace(file)  # Prometheus watches the file and must never read half of it

    def start(self) -> None:
        if not self.available():
            raise PartMissing("no `prometheus` on PATH or in .parts/prometheus; install the Debian package prometheus")
        self.scrape(self._targets)
        (self._folder / "prometheus.yml").write_text(
            CONFIG.format(
                interval=f"{self._interval_ms}ms",
                rules=json.dumps([str(rule) for rule in self._rules]),
                targets=json.dumps(str(self._folder / "targets.json")),
            ),
            encoding="utf-8",
        )
        self.child.start()

    def ready(self) -> bool:
        return probe.text(f"{self.url}/-/ready") is not None

    def wait_ready(self, within_s: float = 30.0) -> None:
        self.child.wait_ready(self.ready, within_s)

    def stop(self) -> None:
        self.child.stop()
