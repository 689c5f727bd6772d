"""The real parts, each started once per run on free ports and stopped for certain."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.local.kafka import BrokerPorts, Kafka
from streams.local.milvus import Milvus, choose_ports
from streams.local.ports import Ports
from streams.local.prometheus import Prometheus
from streams.local.triton import Triton, TritonPorts

# A shell that runs `make test` in the background has SIGINT ignored, and every program started from here would inherit
# that: the tests that press Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def ports() -> Ports:
    """Free ports, never the usual ones, so that a run does not meet what is already up on the machine."""
    return Ports()


@pytest.fixture(scope="session")
def parts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="session")
def kafka(parts_folder: Path, ports: Ports) -> Iterator[str]:
    """Bootstrap servers of one real broker without topics: each test makes its own."""
    broker = Kafka(parts_folder / "kafka", [BrokerPorts(ports.free(), ports.free())], heap_mb=512)
    try:
        broker.start()
        broker.wait_ready()
        yield broker.bootstrap
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def milvus(parts_folder: Path, ports: Ports) -> Iterator[str]:
    """URL of a real Milvus server: each test makes its own collections."""
    server = Milvus(parts_folder / "milvus", choose_ports(parts_folder / "milvus", ports, ports.free()))
    try:
        server.start()
        server.wait_ready()
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def triton_server(parts_folder: Path, ports: Ports) -> Iterator[Triton]:
    """A real tritonserver that serves triton_repo/. It holds no state: whoever stops it starts it again."""
    server = Triton(parts_folder / "triton", TritonPorts(ports.free(), ports.free(), ports.free()))
    try:
        server.start()
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def triton(triton_server: Triton) -> str:
    """gRPC host:port of that server."""
    return triton_server.grpc


@pytest.fixture
def triton_that_stops(triton_server: Triton) -> Iterator[Triton]:
    """That server for a test that stops it; it runs again afterwards, whatever became of the test."""
    yield triton_server
    if not triton_server.child.running:
        triton_server.start()
    triton_server.wait_ready()


@pytest.fixture
def prometheus(tmp_path: Path, ports: Ports) -> Iterator[Callable[..., str]]:
    """Starts a real Prometheus that scrapes the given targets: `url = prometheus({"upwell": ["127.0.0.1:6066"]})`."""
    started: list[Prometheus] = []

    def start(targets: dict[str, list[str]], interval_s: float = 0.5, rules: tuple[Path, ...] = ()) -> str:
        server = Prometheus(tmp_path / f"prometheus-{len(started)}", ports.free(), interval_s, rules)
        started.append(server)
        server.scrape(targets)
        server.start()
        server.wait_ready()
        return server.url

    try:
        yield start
    finally:
        for server in started:
            server.stop()


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    """Waits for a condition: `eventually(lambda: ..., within_s=10)`; an error inside it surfaces at once."""

    def wait(holds: Callable[[], bool], within_s: float = 20.0, every_s: float = 0.05) -> None:
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, f"not so within {within_s} s"
            time.sleep(every_s)

    return wait
