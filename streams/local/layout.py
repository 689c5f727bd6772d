"""Which parts a run has, on which ports, with which data folders; nothing is started here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from streams.local import paths
from streams.local.kafka import BrokerPorts, Kafka
from streams.local.milvus import Milvus, choose_ports
from streams.local.parts import PartPlace
from streams.local.ports import PortMode, Ports
from streams.local.prometheus import Prometheus
from streams.local.triton import Triton, TritonPorts
from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of one run. A part that the settings do without is None."""

    settings: Settings
    ports: Ports
    kafka: Kafka
    milvus: Milvus | None
    triton: Triton | None
    prometheus: Prometheus | None
    places: tuple[PartPlace, ...]

    def worker_settings(self, workers: int) -> Iterator[Settings]:
        """Every worker's own settings: they differ by the port of the HTTP server."""
        for _ in range(workers):
            yield self.settings.model_copy(update={"web_port": self.ports.take("worker")})


def lay_out(settings: Settings, brokers: int, mode: PortMode, with_prometheus: bool) -> Layout:
    """Choose ports and make the parts. Raises PortTaken in mode `default`."""
    ports = Ports(mode)
    home = settings.home.absolute()
    kafka = Kafka(home / "kafka", [BrokerPorts(ports.take("kafka"), ports.free()) for _ in range(brokers)])
    milvus, triton, prometheus = None, None, None
    if settings.vector_index == "milvus":
        milvus = Milvus(home / "milvus", choose_ports(home / "milvus", ports, ports.take("milvus")))
    if settings.encoder == "triton":
        triton = Triton(
            home / "triton",
            TritonPorts(ports.take("triton-http"), ports.take("triton-grpc"), ports.take("triton-metrics")),
        )
    if with_prometheus and Prometheus.available():
        rules = sorted((paths.PROMETHEUS_RULES / "rules").glob("*.yaml"))
        prometheus = Prometheus(home / "prometheus", ports.take("prometheus"), rules=rules)
    found = {
        "home": home,
        "kafka": kafka.bootstrap,
        "replication": min(3, brokers) if brokers > 1 else settings.replication,
        **({"milvus": milvus.url} if milvus else {}),
        **({"triton": triton.grpc} if triton else {}),
    }
    return Layout(
        settings.model_copy(update=found),
        ports,
        kafka,
        milvus,
        triton,
        prometheus,
        tuple(_places(kafka, milvus, triton, prometheus)),
    )


def _places(
    kafka: Kafka, milvus: Milvus | None, triton: Triton | None, prometheus: Prometheus | None
) -> Iterator[PartPlace]:
    for broker in kafka.brokers:
        yield PartPlace(broker.child.command.name, broker.bootstrap, broker)
    if milvus:
        yield PartPlace("Milvus", milvus.url, milvus)
    if triton:
        yield PartPlace("Triton", triton.grpc, triton)
    if prometheus:
        yield PartPlace("Prometheus", prometheus.url, prometheus)
