"""The business rules in force: those of a TOML file that may change while the worker runs."""

from __future__ import annotations

from pathlib import Path

import structlog

from streams.core.business import BusinessRules, BusinessRulesError, read_rules
from streams.observe import metrics
from streams.views.watched import EVERY_S, WatchedFile, read_text

log = structlog.get_logger()


def read_file(path: Path) -> str:
    """The file's text. Raises BusinessRulesError in words for people."""
    return read_text(path, BusinessRulesFile.kind, BusinessRulesError)


class BusinessRulesFile(WatchedFile):
    """Keeps `rules` as the file says."""

    abstract = False
    kind = "business rules"
    unusable = BusinessRulesError
    refused = metrics.REFUSED_RULE_FILES

    def __init__(self, path: Path, rules: BusinessRules, every_s: float = EVERY_S) -> None:
        super().__init__(path, every_s)
        self._rules = rules

    def put_in_force(self, text: str) -> None:
        self._rules.replace(read_rules(text))
        metrics.BUSINESS_RULES.set(len(self._rules))
        log.info("business_rules_in_force", rules=len(self._rules))
