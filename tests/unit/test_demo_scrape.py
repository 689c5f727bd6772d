"""Counters of several workers become one figure, also when a worker starts again."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, generate_latest

from streams.demo.board import Quality
from streams.demo.scrape import Totals


def metrics(hits: float) -> str:
    registry = CollectorRegistry()
    counter = Counter("upwell_live_hits_total", "hits", ["ranking"], registry=registry)
    counter.labels("upwell").inc(hits)
    counter.labels("popularity").inc(1)
    return generate_latest(registry).decode()


def hits(totals: Totals) -> int:
    quality = Quality()
    totals.fill(quality)
    return quality.hits["upwell"]


def test_workers_are_added_up() -> None:
    totals = Totals()
    totals.add("a", metrics(3))
    totals.add("b", metrics(4))
    totals.add("a", metrics(5))
    assert hits(totals) == 9


def test_a_worker_that_started_again_keeps_what_it_had_counted() -> None:
    totals = Totals()
    totals.add("a", metrics(10))
    totals.add("a", metrics(2))
    assert hits(totals) == 12


def test_hit_rates_are_shares_of_the_acts_scored() -> None:
    quality = Quality()
    assert quality.hit_rate("upwell") is None
    quality.evaluated["upwell"], quality.hits["upwell"] = 8, 2
    assert quality.hit_rate("upwell") == 0.25
