"""Which ports the parts get."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from streams.local import ports
from streams.local.errors import PortTaken
from streams.local.ports import FREE_RANGE, Ports, is_free


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The usual port of Kafka, for the length of the test, is one that this process listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        monkeypatch.setitem(ports.USUAL, "kafka", port)
        yield port


def test_a_free_usual_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Ports().free()
    monkeypatch.setitem(ports.USUAL, "kafka", usual)
    assert Ports().take("kafka") == usual


def test_a_second_worker_gets_another_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ports.USUAL, "worker", Ports().free())
    chosen = Ports()
    assert chosen.take("worker") != chosen.take("worker")


def test_a_taken_port_gives_way_to_a_free_one(taken: int) -> None:
    chosen = Ports("auto").take("kafka")
    assert chosen != taken
    assert chosen in FREE_RANGE


def test_a_taken_port_that_was_insisted_on_is_an_error_that_names_who_has_it(taken: int) -> None:
    with pytest.raises(PortTaken, match=rf"{taken} \(kafka\) is taken by .*pid {os.getpid()}.*--ports auto"):
        Ports("default").take("kafka")


def test_a_port_is_never_given_twice() -> None:
    chosen = Ports()
    given = [chosen.free() for _ in range(50)]
    assert len(set(given)) == len(given)


def test_a_port_on_any_address_counts_as_taken(taken: int) -> None:
    assert not is_free(taken)


def test_a_port_chosen_by_one_launcher_is_not_chosen_by_another_before_its_server_listens() -> None:
    first, second = Ports(), Ports()
    chosen = first.take("kafka")
    assert is_free(chosen)
    assert second.take("kafka") != chosen
