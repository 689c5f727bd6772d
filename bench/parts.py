"""The real parts that a bench runs against, started on this machine for its duration and stopped for certain."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer

from streams.admin import create_topics, open_admin
from streams.local.kafka import BrokerPorts, Kafka
from streams.local.milvus import Milvus, choose_ports
from streams.local.ports import Ports
from streams.local.process import Child, Command
from streams.local.triton import Triton, TritonPorts
from streams.local.worker import variables
from streams.settings import Settings


def say(message: str) -> None:
    """Progress, on standard error: standard output is for the result."""
    typer.secho(f"bench: {message}", fg=typer.colors.CYAN, err=True)


@dataclass(frozen=True, slots=True)
class Parts:
    """Addresses and process ids of what runs. `tag` sets the topics of this run apart on a broker that others use."""

    home: Path
    kafka: str
    milvus: str | None
    triton: str | None
    pids: dict[str, int] = field(default_factory=dict)
    tag: str = "bench"

    def settings(self, name: str, **more: object) -> Settings:
        """Settings of a contestant, or of whatever else has topics of its own."""
        prefix = f"{self.tag}-{name}"
        given: dict[str, object] = {
            "home": self.home / prefix,
            "kafka": self.kafka,
            "topic_prefix": prefix,
            "app_id": prefix,
            "log_format": "json",
            "log_level": "warning",
        }
        if self.milvus is not None:
            given["milvus"] = self.milvus
        if self.triton is not None:
            given["triton"] = self.triton
        return Settings.model_validate({**given, **more})


@contextmanager
def running(*, milvus: bool = True, triton: bool = True) -> Iterator[Parts]:
    """Kafka, and Milvus and Triton if asked for, on free ports with fresh data."""
    ports = Ports()
    with ExitStack() as stack:
        home = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="upwell-bench-", ignore_cleanup_errors=True))
        )
        kafka = Kafka(home / "kafka", [BrokerPorts(ports.free(), ports.free())])
        store = Milvus(home / "milvus", choose_ports(home / "milvus", ports, ports.free())) if milvus else None
        served = Triton(home / "triton", TritonPorts(ports.free(), ports.free(), ports.free())) if triton else None
        started: list[tuple[str, Kafka | Milvus | Triton]] = [
            (name, part) for name, part in (("kafka", kafka), ("milvus", store), ("triton", served)) if part is not None
        ]
        for name, part in started:
            say(f"starting {name}")
            stack.callback(part.stop)
            part.start()
        for _, part in started:
            part.wait_ready()
        pids = {"kafka": kafka.children[0].pid}
        if store is not None:
            pids["milvus"] = store.child.pid
        if served is not None:
            pids["triton"] = served.child.pid
        yield Parts(home, kafka.bootstrap, store.url if store else None, served.grpc if served else None, pids)


def topics(settings: Settings) -> None:
    """Make the topics of this run."""
    with open_admin(settings.kafka) as admin:
        create_topics(admin, settings)


@contextmanager
def process(name: str, argv: tuple[str, ...], home: Path, environment: Mapping[str, str]) -> Iterator[Child]:
    """A worker of some kind, stopped at the end of the block. Its log is `home/name.log`."""
    # One BLAS thread each: several fight over few cores and are many times slower.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    child = Child(
        Command(name=name, argv=argv, log=home / f"{name}.log", environment={**threads, **environment}, grace_s=20.0)
    )
    child.start()
    try:
        yield child
    finally:
        child.stop()


def upwell_worker(settings: Settings) -> tuple[tuple[str, ...], dict[str, str]]:
    """Command and environment of an Upwell worker with these settings, as `upwell up` starts it."""
    return (sys.executable, "-m", "streams.cli", "worker"), variables(settings)
