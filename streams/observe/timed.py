"""Times a call to a neighbour and counts it when it fails, whoever the neighbour is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from streams.observe.labels import Operation
from streams.observe.series import series


@contextmanager
def timed(latency: Histogram, errors: Counter, operation: Operation, unavailable: type[Exception]) -> Iterator[None]:
    """Observes the time of what is inside, in seconds, and counts `unavailable`, which passes through.

    Only answers are timed: a deadline that ran out says more about the deadline than about the neighbour.
    """
    start = time.perf_counter()
    try:
        yield
    except unavailable:
        errors.labels(operation=operation).inc()
        raise
    series(latency, operation).observe(time.perf_counter() - start)
