"""Does every panel show something? Runs each panel's queries on a Prometheus that has scraped a real run."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from deploy.grafana.build import FOLDER

_AT_ONCE = 8
_STEPS = 30


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query of one panel, as the file has it."""

    board: str
    panel: str
    expr: str


def panel_queries(folder: Path = FOLDER) -> Iterator[PanelQuery]:
    """Every query of every panel of every dashboard file, rows that are folded included."""
    for file in sorted(folder.glob("*.json")):
        board = json.loads(file.read_text(encoding="utf-8"))
        panels = [*board["panels"], *(inner for row in board["panels"] for inner in row.get("panels", ()))]
        for panel in panels:
            for target in panel.get("targets", ()):
                yield PanelQuery(file.stem, panel["title"], target["expr"])


def check_dashboards(
    prometheus_url: str,
    *,
    boards: Path = FOLDER,
    rate_window_s: int = 30,
    lookback_s: int = 300,
    without: Sequence[str] = (),
) -> list[str]:
    """One line per query that fails or brings no number back; empty = every panel shows data.

    `rate_window_s` stands in for Grafana's `$__rate_interval`: at least four scrape intervals. A query passes when any
    point of the last `lookback_s` seconds is a number, as on a screen. `without` leaves out queries that name a
    metric beginning with one of these, for runs without that part (`milvus_`, `nv_`).
    """
    return asyncio.run(_check(prometheus_url, boards, rate_window_s, lookback_s, without))


async def _check(url: str, boards: Path, rate_window_s: int, lookback_s: int, without: Sequence[str]) -> list[str]:
    queries = [query for query in panel_queries(boards) if not any(prefix in query.expr for prefix in without)]
    gate = asyncio.Semaphore(_AT_ONCE)
    async with aiohttp.ClientSession(url) as session:

        async def one(query: PanelQuery) -> str | None:
            expr = query.expr.replace("$__rate_interval", f"{rate_window_s}s").replace("$__range", f"{lookback_s}s")
            async with gate:
                problem = await _problem(session, expr, lookback_s)
            return problem and f"{query.board} / {query.panel}: {problem}: {expr}"

        return [problem for problem in await asyncio.gather(*map(one, queries)) if problem]


async def _problem(session: aiohttp.ClientSession, expr: str, lookback_s: int) -> str | None:
    now = time.time()
    form = {"query": expr, "start": str(now - lookback_s), "end": str(now), "step": str(lookback_s / _STEPS)}
    async with session.post("/api/v1/query_range", data=form) as response:
        answer: dict[str, Any] = await response.json()
    if answer["status"] != "success":
        return f"Prometheus refuses it ({answer['error']})"
    values = [float(value) for series in answer["data"]["result"] for _, value in series["values"]]
    if not values:
        return "no data"
    return "only NaN" if all(math.isnan(value) for value in values) else None
