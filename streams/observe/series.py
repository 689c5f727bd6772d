"""A metric's series by its label values, found once: prometheus-client takes ten times as long to look one up as to add
to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

Metric = TypeVar("Metric", Counter, Gauge, Histogram)
_MOST = 4096  # labels are bounded (labels.py); this only keeps a mistake from growing without end


@lru_cache(_MOST)
def series(metric: Metric, *labels: str) -> Metric:
    """`metric.labels(*labels)`, the values in the order in which the metric names its labels."""
    return metric.labels(*labels)
