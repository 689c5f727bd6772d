"""How a worker with the user's settings is set up, as far as that decides what is in a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from streams.core.business import BusinessRule, read_rules
from streams.core.experiments.definition import Experiment, read_experiments
from streams.core.tuning import Tuning
from streams.settings import Settings
from streams.views.business import read_file as read_rules_file
from streams.views.experiments import read_file as read_experiments_file

USUAL_REUSE: float = Settings.model_fields["search_reuse_cosine"].default


@dataclass(frozen=True, slots=True)
class Setup:
    """`rules` hold by the times of the events. `experiments` are tried where that is asked for. `reuse_cosine`: an
    interest that moved less keeps its last search.
    """

    tuning: Tuning
    rules: tuple[BusinessRule, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    reuse_cosine: float = USUAL_REUSE

    @classmethod
    def of(cls, settings: Settings, list_size: int) -> Self:
        """Raises BusinessRulesError and ExperimentsError for a file that cannot be used."""
        rules, experiments = settings.rules_file, settings.experiments_file
        return cls(
            replace(Tuning.of(settings), list_size=list_size),
            () if rules is None else read_rules(read_rules_file(rules)),
            () if experiments is None else read_experiments(read_experiments_file(experiments)),
            settings.search_reuse_cosine,
        )

    def unusual(self) -> dict[str, Any]:
        """By name what is not as it comes; of business rules their names."""
        found: dict[str, Any] = dict(self.tuning.unlike(Tuning(list_size=self.tuning.list_size)))
        if self.reuse_cosine != USUAL_REUSE:
            found["search_reuse_cosine"] = self.reuse_cosine
        if self.rules:
            found["business_rules"] = [rule.name for rule in self.rules]
        return found
