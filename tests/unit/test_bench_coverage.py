"""Which list answers which event: the arithmetic under every printed latency."""

from __future__ import annotations

import numpy as np
import pytest

from bench.coverage import Received, Sent, cover, quantiles_ms


def test_a_list_answers_every_event_of_its_user_up_to_its_offset() -> None:
    sent = [Sent("ann", 3, 10.0), Sent("ann", 5, 10.1), Sent("ann", 9, 10.2)]
    found = cover(sent, [Received("ann", 5, 10.5)])
    assert found.unanswered == 1
    assert found.latencies_ms == pytest.approx([500.0, 400.0])


def test_the_first_list_that_reaches_the_event_counts() -> None:
    sent = [Sent("ann", 3, 10.0)]
    lists = [Received("ann", 2, 10.1), Received("ann", 7, 10.9), Received("ann", 4, 10.4)]
    assert cover(sent, lists).latencies_ms == pytest.approx([400.0])


def test_a_later_list_that_arrives_earlier_counts() -> None:
    lists = [Received("ann", 8, 10.2), Received("ann", 3, 10.6)]
    assert cover([Sent("ann", 3, 10.0)], lists).latencies_ms == pytest.approx([200.0])


def test_another_users_list_answers_nothing() -> None:
    found = cover([Sent("ann", 1, 10.0)], [Received("bob", 9, 10.1)])
    assert found.unanswered == 1
    assert np.isnan(found.last_answer_at)


def test_latency_counts_from_when_the_event_was_due() -> None:
    found = cover([Sent("ann", 1, 10.0)], [Received("ann", 1, 12.0)])
    assert found.latencies_ms == pytest.approx([2000.0])
    assert found.last_answer_at == 12.0


def test_quantiles_of_nothing_are_none() -> None:
    assert quantiles_ms(np.array([])) == {"p50": None, "p99": None}


def test_quantiles_are_in_milliseconds_to_a_tenth() -> None:
    assert quantiles_ms(np.array([1.0, 2.0, 3.04])) == {"p50": 2.0, "p99": 3.0}
