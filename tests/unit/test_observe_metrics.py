"""What holds for every metric, whoever writes to it."""

import re
from enum import StrEnum
from itertools import pairwise

import pytest
from prometheus_client import REGISTRY, Metric

from streams.core.push.verdict import Held
from streams.events import EncoderPhase, NewsKind
from streams.observe import labels, metrics

UNIT = re.compile(r"_(seconds|bytes|ratio|total|events|items|rules|files|users|experiments|offset|assigned|info)$")
VOCABULARIES = {
    "agent": labels.Agent,
    "stage": labels.Stage,
    "source": labels.Source,
    "trigger": labels.Trigger,
    "modality": labels.Modality,
    "operation": labels.Operation,
    "ranking": labels.Ranking,
    "cause": labels.RestartCause,
    "role": labels.Role,
    "warmth": labels.Warmth,
    "bound": labels.Bound,
    "phase": EncoderPhase,
    "kind": NewsKind,
    "why": Held,
}


def ours() -> list[Metric]:
    return [family for family in REGISTRY.collect() if family.name.startswith("upwell_")]


@pytest.mark.parametrize("family", ours(), ids=lambda family: family.name)
def test_a_name_carries_its_unit(family: Metric) -> None:
    name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
    assert UNIT.search(name), f"{name} has no unit"
    assert family.documentation


@pytest.mark.parametrize("family", ours(), ids=lambda family: family.name)
def test_every_label_takes_its_values_from_a_closed_list(family: Metric) -> None:
    open_labels = {
        "topic",
        "encoder_version",
        "partition",
        "code",
        "outcome",
        "stage",
        "le",
        "experiment",
        "variant",
    }  # bounded by the broker, by how often encoders change, by the file of experiments, and by enums elsewhere
    for sample in family.samples:
        for label, value in sample.labels.items():
            vocabulary: type[StrEnum] | None = VOCABULARIES.get(label)
            assert vocabulary is not None or label in open_labels or family.type == "info"
            if vocabulary is not None and family.name != "upwell_dead_letters":
                assert value in set(vocabulary)


def test_a_freshness_of_the_promised_size_is_told_apart_from_its_neighbours() -> None:
    around = [bound for bound in metrics.FRESH_BUCKETS if 0.005 <= bound <= 0.1]
    steps = [after / before for before, after in pairwise(around)]
    assert max(steps) <= 1.5, "the error of an interpolated quantile is at most one bucket's width"
    assert 0.05 in around, "the goal itself is a bound: the share of lists in time is then exact"
    assert 1.0 in metrics.SEARCHABLE_BUCKETS


def test_errors_that_have_not_happened_are_zero_not_absent() -> None:
    for operation in labels.Operation:
        assert REGISTRY.get_sample_value("upwell_index_errors_total", {"operation": operation}) is not None
        assert REGISTRY.get_sample_value("upwell_encoder_errors_total", {"operation": operation}) is not None


def test_a_partition_that_moved_away_leaves_no_lag_behind() -> None:
    where = {"topic": "t-moved", "partition": "3"}
    metrics.LAG.labels(**where).set(7)
    metrics.forget_partition("t-moved", 3)
    assert REGISTRY.get_sample_value("upwell_lag_events", where) is None
    metrics.forget_partition("t-moved", 3)  # twice is once
