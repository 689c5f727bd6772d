"""The Milvus standalone server, with etcd inside it. Its data stay in `folder` and serve the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from streams.local import paths, probe
from streams.local.ports import Ports, is_free
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


def choose_ports(folder: Path, ports: Ports, proxy: int) -> dict[str, int]:
    """`proxy` for clients; for what only Milvus itself uses, the ports of the last start when they are free.

    On other ports than before, its components look for each other at the old ones first: 24 s instead of 9 s.
    """
    memory = folder / "ports.json"
    inner: dict[str, int] = json.loads(memory.read_text(encoding="utf-8")) if memory.exists() else {}
    if set(inner) != set(SERVICES) or not all(is_free(port) for port in inner.values()):
        inner = {service: ports.free() for service in SERVICES}
        folder.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(inner), encoding="utf-8")
    return {"proxy": proxy, **inner}


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
                grace_s=1.0,
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

    def ready(self) -> bool:
        """Milvus says `OK` once every component is healthy."""
        return probe.text(f"http://{self.metrics}/healthz") == "OK"

    def wait_ready(self, within_s: float = 90.0) -> None:
        self.child.wait_ready(self.ready, within_s)

    def stop(self) -> None:
        self.child.stop()
