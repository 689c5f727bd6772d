"""Milvus killed and started again under an open index: errors while it is away, no row lost, no restart needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from streams.adapters.clock import SystemClock
from streams.adapters.milvus_index import MilvusIndex
from streams.local.milvus import Milvus, choose_ports
from streams.local.ports import Ports
from streams.ports.vector_index import IndexedItem, VectorIndexUnavailable


async def test_an_index_outlives_its_server(tmp_path: Path, ports: Ports) -> None:
    folder, port = tmp_path / "milvus", ports.free()
    server = Milvus(folder, choose_ports(folder, ports, port))
    index = MilvusIndex(server.url, prefix="outage", clock=SystemClock(), search_timeout_s=0.5, write_timeout_s=2.0)
    vectors = np.eye(8, dtype=np.float32)
    with pytest.raises(VectorIndexUnavailable):  # nothing listens yet
        await index.ensure(8, "dummy-1")
    try:
        await asyncio.to_thread(_start, server)
        await _once_up(lambda: index.ensure(8, "dummy-1"))
        await index.upsert([IndexedItem("before", vectors[0])])

        server.child.kill()
        await asyncio.to_thread(server.stop)
        for _ in range(3):
            with pytest.raises(VectorIndexUnavailable):
                await index.search(vectors[:1], 3)
            with pytest.raises(VectorIndexUnavailable):
                await index.upsert([IndexedItem("lost", vectors[1])])

        server = Milvus(folder, choose_ports(folder, ports, port))  # as the next launcher starts it
        await asyncio.to_thread(_start, server)
        await _once_up(lambda: index.upsert([IndexedItem("after", vectors[2])]))
        await _once_up(index.item_ids)
        assert {"before", "after"} <= await index.item_ids()
        assert np.allclose((await index.fetch(["before"]))["before"], vectors[0], atol=1e-3)
        await _once_up(lambda: index.search(vectors[:1], 3))
    finally:
        await index.close()
        await asyncio.to_thread(server.stop)


def _start(server: Milvus) -> None:
    server.start()
    server.wait_ready()


async def _once_up(call: Callable[[], Awaitable[object]], within_s: float = 60.0) -> None:
    """Repeats a call until the server, which loads its collections after it says it is ready, takes it."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            await call()
        except VectorIndexUnavailable:
            assert time.monotonic() < deadline, f"still unavailable after {within_s} s"
            await asyncio.sleep(0.1)
        else:
            return
