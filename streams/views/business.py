"""The business rules in force: those of a TOML file that may change while the worker runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from mode import Service

from streams.core.business import BusinessRules, BusinessRulesError, read_rules
from streams.observe import metrics

log = structlog.get_logger()

EVERY_S = 1.0
MOST_BYTES = 1_000_000


def read_file(path: Path) -> str:
    """The file's text. Raises BusinessRulesError in words for people."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BusinessRulesError(f"{path} is larger than {MOST_BYTES} bytes: that is no rule file")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BusinessRulesError(f"{path} cannot be read: {error}") from error


class BusinessRulesFile(Service):
    """Puts the file's rules in force when the worker starts, and again whenever its content changes.

    At the start a file that cannot be used stops the worker. Later it is refused: the rules that were in force stay,
    the log says why, and `upwell_refused_rule_files` is 1 until the file is mended.
    """

    abstract = False
    mundane_level = "debug"

    def __init__(self, path: Path, rules: BusinessRules, every_s: float = EVERY_S) -> None:
        super().__init__()
        self._path = path
        self._rules = rules
        self._every_s = every_s
        self._text = ""
        self._complaint = ""

    async def on_start(self) -> None:
        self._put_in_force(await asyncio.to_thread(read_file, self._path))

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await self.sleep(self._every_s)
            try:
                text = await asyncio.to_thread(read_file, self._path)
                if text != self._text or self._complaint:
                    self._put_in_force(text)
            except BusinessRulesError as error:
                self._refuse(str(error))

    def _put_in_force(self, text: str) -> None:
        self._rules.replace(read_rules(text))
        self._text, self._complaint = text, ""
        metrics.BUSINESS_RULES.set(len(self._rules))
        metrics.REFUSED_RULE_FILES.set(0)
        log.info("business_rules_in_force", rules=len(self._rules))

    def _refuse(self, complaint: str) -> None:
        metrics.REFUSED_RULE_FILES.set(1)
        if complaint != self._complaint:  # said once, not every second
            self._complaint = complaint
            log.error("business_rules_refused", error=complaint, do="mend the file; the rules before stay in force")
