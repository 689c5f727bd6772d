"""Which ports the parts get: the usual one when it is free, else a free one, or a clear word on who has it."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO, Literal

from streams.local.errors import PortTaken

PortMode = Literal["auto", "default"]

USUAL: dict[str, int] = {
    "kafka": 9092,
    "kafka-controller": 9093,
    "milvus": 19530,
    "triton-http": 8000,
    "triton-grpc": 8001,
    "triton-metrics": 8002,
    "prometheus": 9090,
    "worker": 6066,
}
# Below the range that kernels hand out for outgoing connections, so nothing takes a port between choice and use.
FREE_RANGE = range(20_000, 32_000)
RESERVATIONS = Path(tempfile.gettempdir()) / f"upwell-ports-{os.getuid()}"


def is_free(port: int) -> bool:
    """Whether a server could listen there. The wildcard address is tried, as it collides with every other."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Who listens on a port, in words."""
    import psutil

    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            if connection.pid is None:
                return "another user's process"
            return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "a connection that is closing"


class Ports:
    """Hands out ports and never the same twice.

    Mode `default` insists on the usual port and raises PortTaken; `auto` falls back to a free one.
    """

    def __init__(self, mode: PortMode = "auto") -> None:
        self._mode = mode
        self._given: set[int] = set()
        self._held: list[IO[bytes]] = []

    def take(self, service: str) -> int:
        """The port for a service of USUAL; the second broker or worker gets the next one up."""
        usual = USUAL[service]
        while usual in self._given:
            usual += 1
        if is_free(usual) and self._reserve(usual):
            return self._give(usual)
        if self._mode == "default":
            raise PortTaken(
                f"port {usual} ({service}) is taken by {holder(usual)}; stop it or use `--ports auto` for free ports"
            )
        return self.free()

    def free(self) -> int:
        """Any free port."""
        for port in random.sample(FREE_RANGE, 200):
            if port not in self._given and is_free(port) and self._reserve(port):
                return self._give(port)
        raise PortTaken(
            f"no free port found in {FREE_RANGE.start}-{FREE_RANGE.stop}; stop something that listens there"
        )

    def _reserve(self, port: int) -> bool:
        """Hold the port's lock for as long as this object lives.

        A server takes seconds to listen; another launcher that chooses meanwhile must not get the same port, for both
        would then talk to whichever server came first.
        """
        RESERVATIONS.mkdir(mode=0o700, exist_ok=True)
        file = (RESERVATIONS / str(port)).open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._held.append(file)
        return True

    def _give(self, port: int) -> int:
        self._given.add(port)
        return port
