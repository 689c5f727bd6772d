"""Series found once are the metric's own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from streams.observe.series import series


def test_a_series_is_found_by_its_label_values_in_order_and_counts_for_the_metric() -> None:
    registry = CollectorRegistry()
    metric = Counter("tried_total", "Tries", ["who", "how"], registry=registry)
    series(metric, "she", "twice").inc()
    series(metric, "she", "twice").inc()
    series(metric, "he", "twice").inc()
    assert registry.get_sample_value("tried_total", {"who": "she", "how": "twice"}) == 2
    assert registry.get_sample_value("tried_total", {"who": "he", "how": "twice"}) == 1


def test_metrics_of_the_same_labels_are_told_apart() -> None:
    registry = CollectorRegistry()
    one, other = (Counter(name, "Counted", ["who"], registry=registry) for name in ("one_total", "other_total"))
    series(one, "she").inc()
    assert series(other, "she") is not series(one, "she")
    assert registry.get_sample_value("other_total", {"who": "she"}) == 0
