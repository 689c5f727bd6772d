"""A file that may change while the worker runs: what can be used of it is in force, what cannot leaves the old."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from pathlib import Path

import structlog
from mode import Service
from prometheus_client import Gauge

log = structlog.get_logger()

EVERY_S = 1.0
MOST_BYTES = 1_000_000


def read_text(path: Path, kind: str, unusable: type[ValueError]) -> str:
    """The text of a file of a `kind` ("rule file"). Raises `unusable` in words for people."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise unusable(f"{path} is larger than {MOST_BYTES} bytes: that is no {kind}")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise unusable(f"{path} cannot be read: {error}") from error


class WatchedFile(Service):
    """Puts what the file holds in force when the worker starts, and again whenever its content changes.

    At the start a file that cannot be used stops the worker. Later it is refused: what was in force stays, the log says
    why, and the gauge `refused` is 1 until the file is mended.
    """

    abstract = True
    mundane_level = "debug"
    kind: str
    unusable: type[ValueError]
    refused: Gauge

    def __init__(self, path: Path, every_s: float = EVERY_S) -> None:
        super().__init__()
        self._path = path
        self._every_s = every_s
        self._text = ""
        self._complaint = ""

    @abstractmethod
    def put_in_force(self, text: str) -> None:
        """Reads the text and puts what it says in force. Raises `unusable`, and then nothing has changed."""

    async def on_start(self) -> None:
        self._take(await self._read())

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await self.sleep(self._every_s)
            try:
                text = await self._read()
                if text != self._text or self._complaint:
                    self._take(text)
            except self.unusable as error:
                self._refuse(str(error))

    async def _read(self) -> str:
        return await asyncio.to_thread(read_text, self._path, self.kind, self.unusable)

    def _take(self, text: str) -> None:
        self.put_in_force(text)
        self._text, self._complaint = text, ""
        self.refused.set(0)

    def _refuse(self, complaint: str) -> None:
        self.refused.set(1)
        if complaint != self._complaint:  # said once, not every second
            self._complaint = complaint
            event = f"{self.kind.replace(' ', '_')}_refused"
            log.error(event, error=complaint, do="mend the file; what was in force before stays so")
