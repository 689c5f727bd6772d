"""How all experiments stand: those in force first, then those that have ended, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streams.core.experiments.counts import begun, together
from streams.core.experiments.definition import Experiment
from streams.core.experiments.report import ExperimentReport, report
from streams.events import ExperimentCounts


def reports(running: Sequence[Experiment], counted: Iterable[ExperimentCounts]) -> list[ExperimentReport]:
    """One report for each edition; `counted` are the counts of partitions, in any order."""
    parts: dict[tuple[str, str], list[ExperimentCounts]] = {}
    for one in counted:
        parts.setdefault((one.experiment, one.edition), []).append(one)
    standing = []
    for experiment in running:
        of = parts.pop((experiment.name, experiment.edition), None) or [begun(experiment, -1, 0.0)]
        standing.append(report(together(of), running=True))
    ended = sorted((together(of) for of in parts.values()), key=lambda one: (-one.since, one.experiment, one.edition))
    return [*standing, *(report(one, running=False) for one in ended)]
