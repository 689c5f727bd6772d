"""A process that publishes the real metrics module as a busy worker would, for dashboards to be tried on.

`python metrics_process.py PORT`: serves 127.0.0.1:PORT/metrics and observes ten times a second until it is stopped.
"""

from __future__ import annotations

import sys
import time

from prometheus_client import start_http_server

from streams.events import NewsKind
from streams.observe import labels, metrics


def observe(turn: int) -> None:
    """One tenth of a second of a busy worker."""
    for topic, outcome in (("behaviour", "ok"), ("behaviour", "duplicate"), ("content", "encoded"), ("items", "ok")):
        metrics.EVENTS.labels(topic=topic, outcome=outcome).inc(5)
        metrics.NEWEST_EVENT.labels(topic=topic).set(time.time() - 1)
        metrics.PARTITIONS.labels(topic=topic).set(4)
        for partition in range(2):
            metrics.LAG.labels(topic=topic, partition=partition).set(3)
            metrics.COMMITTED.labels(topic=topic, partition=partition).set(turn * 5)
    for agent in labels.Agent:
        metrics.BATCH_SIZE.labels(agent=agent).observe(8)
    for stage in labels.Stage:
        metrics.STAGE_LATENCY.labels(stage=stage).observe(0.004)
    for operation in labels.Operation:
        metrics.INDEX_LATENCY.labels(operation=operation).observe(0.003)
    metrics.ENCODER_LATENCY.labels(operation=labels.Operation.ENCODE).observe(0.02)
    metrics.FRESHNESS.observe(0.02)
    metrics.CONTENT_SEARCHABLE.observe(0.2)
    metrics.SEARCHES.labels(outcome=labels.SearchOutcome.REUSED).inc(3)
    metrics.SEARCHES.labels(outcome=labels.SearchOutcome.ASKED).inc()
    metrics.LISTS.labels(trigger=labels.Trigger.BEHAVIOUR).inc(4)
    metrics.ENCODER_LISTS.labels(encoder_version="bridge-1a2b3c4d").inc(4)
    for source in labels.Source:
        metrics.CANDIDATES.labels(source=source).inc(40)
        metrics.PLACES.labels(source=source).inc(2)
    metrics.COLD_PLACES.inc()
    metrics.COVERAGE.set(0.4)
    metrics.CATALOGUE.set(1000)
    metrics.USERS.set(200)
    metrics.VIEW_BEHIND.labels(topic="upwell.items").set(0)
    metrics.ENCODED.labels(modality=labels.Modality.TEXT).inc()
    metrics.PUSHES.labels(kind=NewsKind.NEW).inc()
    metrics.PUSH_DELAY.observe(1.5)
    for ranking, hits in ((labels.Ranking.UPWELL, 0.3), (labels.Ranking.POPULARITY, 0.2)):
        metrics.LIVE_EVALUATED.labels(ranking=ranking).inc()
        metrics.LIVE_HITS.labels(ranking=ranking).inc(hits)
        metrics.LIVE_NDCG.labels(ranking=ranking).inc(hits / 2)
    for warmth in labels.Warmth:
        metrics.LIVE_WARMTH_EVALUATED.labels(warmth=warmth).inc()
        metrics.LIVE_WARMTH_HITS.labels(warmth=warmth).inc(0.3)
        metrics.LIVE_SOURCE_HITS.labels(source=labels.Source.FRESH).inc(0.3)
    metrics.EXPERIMENTS.set(1)
    for variant in ("usual", "diverse"):
        metrics.EXPERIMENT_LISTS.labels("mmr", variant).inc(3)
        metrics.EXPERIMENT_NDCG.labels("mmr", variant).inc(0.1)
        metrics.EXPERIMENT_USERS.labels("mmr", variant).set(turn)
        for warmth in labels.Warmth:
            metrics.EXPERIMENT_EVALUATED.labels("mmr", variant, warmth).inc()
            metrics.EXPERIMENT_HITS.labels("mmr", variant, labels.Source.FRESH, warmth).inc(0.3)
    for bound, value in zip(labels.Bound, (-0.01, 0.01, 0.03), strict=True):
        metrics.EXPERIMENT_DIFFERENCE.labels("mmr", "diverse", bound).set(value)


def main() -> None:
    start_http_server(int(sys.argv[1]), addr="127.0.0.1")
    for turn in range(6000):  # ten minutes at most: it must not outlive a test that was killed
        observe(turn)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
