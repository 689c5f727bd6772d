"""The Milvus standalone server, with etcd inside it. Its data stay in `folder` and serve the next start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from streams.local import paths, probe
from streams.local.ports import Ports
from streams.local.process import Child, Command

SERVICES = (
    "proxy_internal",
    "root_coord",
    "query_coord",
    "query_node",
    "index_coord",
    "index_node",
    "data_coord",
    "data_node",
    "etcd",
    "etcd_peer",
    "metrics",
)


def choose_ports(ports: Ports) -> dict[str, int]:
    """The usual port for clients, free ones for what only Milvus itself uses."""
    return {"proxy": ports.take("milvus"), **{service: ports.free() for service in SERVICES}}


class Milvus:
    """One server. Its components listen on every interface (the release has no setting for it), etcd on loopback."""

    def __init__(self, folder: Path, ports: Mapping[str, int]) -> None:
        self._ports = dict(ports)
        self.child = Child(
            Command(
                name="Milvus",
                argv=(
                    str(paths.MILVUS_PYTHON),
                    "-I",  # keeps this folder, and so its names, off the import path
                    str(Path(__file__).with_name("milvus_entry.py")),
                    str(paths.MILVUS_BINARIES),
                    str(folder),
                    *(f"{name}={port}" for name, port in self._ports.items()),
                ),
                log=folder / "milvus.log",
                # It often ignores a request to stop; what was acknowledged is on disk all the same.
                grace_s=2.0,
            )
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['proxy']}"

    @property
    def metrics(self) -> str:
        """Host and port where Prometheus finds /metrics."""
        return f"127.0.0.1:{self._ports['metrics']}"

    def start(self) -> None:
        paths.required(paths.MILVUS_PYTHON, "Milvus")
        self.child.start()

    def wait_ready(self, within_s: float = 90.0) -> None:
        """Milvus says `OK` once every component is healthy."""
        self.child.wait_ready(lambda: probe.text(f"http://{self.metrics}/healthz") == "OK", within_s)

    def stop(self) -> None:
        self.child.stop()
