"""Counts rebalances and how long this worker stood still in each, and the events that the client skipped."""

from __future__ import annotations

import time
from typing import Any

import faust
from faust.types import TP

from streams.observe import metrics


class RebalanceSensor(faust.Sensor):
    """A Faust sensor: `app.sensors.add(RebalanceSensor())`.

    The pause runs from the moment partitions are taken to the moment recovered tables let the agents go on: what a user
    whose events lie in one of these partitions waits longer.
    """

    abstract = False
    mundane_level = "debug"

    def on_rebalance_start(self, app: Any) -> dict[str, Any]:
        metrics.REBALANCES.inc()
        app.consumer.on_hole = _count_hole
        return {"upwell_started": time.perf_counter()}

    def on_rebalance_end(self, _app: Any, state: dict[str, Any]) -> None:
        metrics.REBALANCE_PAUSE.observe(time.perf_counter() - state["upwell_started"])


def _count_hole(tp: TP, expected: int, found: int) -> None:
    metrics.OFFSET_HOLES.labels(topic=tp.topic).inc(found - expected)
