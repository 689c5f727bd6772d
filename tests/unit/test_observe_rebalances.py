"""What a rebalance leaves in the metrics, by Faust's own sensor calls."""

from types import SimpleNamespace

from faust.sensors.base import SensorDelegate
from faust.types import TP
from mode.utils.trees import Node
from prometheus_client import REGISTRY

from streams.observe.rebalances import RebalanceSensor


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_rebalance_is_counted_and_its_pause_timed() -> None:
    app = SimpleNamespace(consumer=SimpleNamespace(), beacon=Node("app"))
    sensors = SensorDelegate(app)
    sensors.add(RebalanceSensor())
    counted, timed = value("upwell_rebalances_total"), value("upwell_rebalance_pause_seconds_count")
    state = sensors.on_rebalance_start(app)
    assert value("upwell_rebalances_total") == counted + 1
    assert value("upwell_rebalance_pause_seconds_count") == timed, "it is not over yet"
    sensors.on_rebalance_end(app, state)
    assert value("upwell_rebalance_pause_seconds_count") == timed + 1


def test_skipped_events_are_counted_one_by_one() -> None:
    app = SimpleNamespace(consumer=SimpleNamespace())
    RebalanceSensor().on_rebalance_start(app)
    before = value("upwell_offset_hole_events_total", topic="t-holes")
    app.consumer.on_hole(TP("t-holes", 0), 10, 13)
    assert value("upwell_offset_hole_events_total", topic="t-holes") == before + 3
