"""The experiments in force, from a TOML file that may change while the worker runs, and what all partitions counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog
from mode import Service

from streams.core.experiments.definition import ExperimentsError, read_experiments
from streams.core.experiments.report import ExperimentReport
from streams.core.experiments.standing import reports
from streams.core.experiments.trial import Experiments
from streams.events import ExperimentCounts
from streams.observe import metrics
from streams.observe.labels import Bound
from streams.views.follower import Entry
from streams.views.watched import EVERY_S, WatchedFile, read_text

log = structlog.get_logger()


def read_file(path: Path) -> str:
    """The file's text. Raises ExperimentsError in words for people."""
    return read_text(path, ExperimentsFile.kind, ExperimentsError)


class ExperimentsFile(WatchedFile):
    """Keeps `experiments` as the file says."""

    abstract = False
    kind = "experiments"
    unusable = ExperimentsError
    refused = metrics.REFUSED_EXPERIMENT_FILES

    def __init__(self, path: Path, experiments: Experiments, every_s: float = EVERY_S) -> None:
        super().__init__(path, every_s)
        self._experiments = experiments

    def put_in_force(self, text: str) -> None:
        before = self._experiments.running
        self._experiments.replace(read_experiments(text))
        now = {one.edition for one in self._experiments.running}
        for one in before:
            if one.edition not in now:
                metrics.forget_experiment(one.name)
        metrics.EXPERIMENTS.set(len(self._experiments))
        named = [f"{one.name}/{one.edition}" for one in self._experiments.running]
        log.info("experiments_in_force", experiments=named)


class CountsView:
    """What every partition has counted last; `apply` is what a Follower feeds. Small: one entry per partition and
    edition there ever was.
    """

    def __init__(self, experiments: Experiments) -> None:
        self._experiments = experiments
        self._counts: dict[bytes, ExperimentCounts] = {}
        self._decoder = msgspec.json.Decoder(ExperimentCounts)

    def apply(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.value is None:
                self._counts.pop(entry.key, None)
                continue
            try:
                self._counts[entry.key] = self._decoder.decode(entry.value)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("experiment_counts_unreadable", offset=entry.offset, error=str(error))

    def reports(self) -> list[ExperimentReport]:
        """How all experiments stand, those in force first."""
        return reports(self._experiments.running, self._counts.values())


class ExperimentGauges(Service):
    """Tells Prometheus how the experiments in force stand."""

    abstract = False
    mundane_level = "debug"

    def __init__(self, counts: CountsView, every_s: float = EVERY_S) -> None:
        super().__init__()
        self._counts = counts
        self._every_s = every_s

    @Service.task
    async def _tell(self) -> None:
        while not self.should_stop:
            tell([one for one in self._counts.reports() if one.running])
            await self.sleep(self._every_s)


def tell(running: Sequence[ExperimentReport]) -> None:
    """Set the gauges of the experiments in force."""
    metrics.MISMATCHED_EXPERIMENTS.set(sum(one.mismatch for one in running))
    for one in running:
        for variant in one.variants:
            metrics.EXPERIMENT_USERS.labels(one.experiment, variant.name).set(variant.users)
            against = variant.hits_against_control
            if against is None:
                continue
            bounds = {Bound.ESTIMATE: against.difference, Bound.LOW: against.low, Bound.HIGH: against.high}
            for bound, value in bounds.items():
                if value is not None:
                    metrics.EXPERIMENT_DIFFERENCE.labels(one.experiment, variant.name, bound).set(value)
