"""Reads the workers' /metrics for what only they know: live quality."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from streams.demo.board import Quality

EVERY_S = 2.0
TIMEOUT_S = 2.0
_EVALUATED, _HITS = "upwell_live_evaluated_total", "upwell_live_hits_total"
Series = tuple[str, str]


class Totals:
    """Sums counters over workers. A counter that falls was reset by a restart, and what it had counted is kept."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, Series], float] = {}
        self._sum: dict[Series, float] = {}

    def add(self, worker: str, text: str) -> None:
        """One answer of a worker's /metrics in Prometheus's text format."""
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name in {_EVALUATED, _HITS}:
                    series = (sample.name, sample.labels.get("ranking", ""))
                    key = (worker, series)
                    before = self._last.get(key, 0.0)
                    grown = sample.value - before if sample.value >= before else sample.value
                    self._last[key] = sample.value
                    self._sum[series] = self._sum.get(series, 0.0) + grown

    def fill(self, quality: Quality) -> None:
        for (name, ranking), value in self._sum.items():
            if name == _EVALUATED:
                quality.evaluated[ranking] = int(value)
            elif name == _HITS:
                quality.hits[ranking] = int(value)


async def scrape(workers: Sequence[str], totals: Totals, quality: Quality) -> None:
    """Ask every worker (base URLs) once. One that does not answer now is asked next time."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
        for worker in workers:
            try:
                async with session.get(f"{worker}/metrics") as answer:
                    if answer.status == HTTPStatus.OK:
                        totals.add(worker, await answer.text())
            except (aiohttp.ClientError, TimeoutError):
                continue  # it is starting or restarting; the screen keeps what it knew
    totals.fill(quality)


async def keep_scraping(workers: Sequence[str], totals: Totals, quality: Quality) -> None:
    """`scrape` again and again until cancelled."""
    while True:
        await scrape(workers, totals, quality)
        await asyncio.sleep(EVERY_S)
