"""`python -m bench encoders`: items a second and delay of each way to run the models, by batch size, in one run."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil

from bench.encoders_contestants import Contestant, InProcess, onnx_runtime, served
from bench.encoders_items import batches_of, media_items
from bench.encoders_peak import peak_flops
from bench.machine import machine, today
from bench.parts import say
from encoders.batch import Batch
from encoders.layout import MODEL_REPOSITORY
from encoders.picture import picture_tensor
from encoders.quantised import Quantisation, export_int8
from encoders.served import aligner_folder, exported
from streams.adapters.triton_encoder import TritonItemEncoder
from streams.local.ports import Ports
from streams.local.triton import Triton, TritonPorts
from streams.ports.item_encoder import MediaItem
from streams.settings import Settings

T = TypeVar("T")
BATCHES = (1, 8, 32)
FILES_PER_CALL = 32


@dataclass(frozen=True, slots=True)
class Sizes:
    """`seconds` per contestant, batch size and round; the rounds take turns, so that a slow moment hits all alike."""

    seconds: float = 4.0
    rounds: int = 3
    batches: tuple[int, ...] = BATCHES
    items: int = 256
    int8: bool = True


@dataclass(slots=True)
class Tally:
    """What a contestant did at one batch size."""

    items: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    calls_ms: list[float] = field(default_factory=list)

    def report(self, utilisation: float | None) -> dict[str, float | None]:
        """`utilisation`: the share of the device's peak that one item a second takes; None where none compares."""
        rate = self.items / self.wall_s
        return {
            "items_per_s": round(rate, 1),
            "p50_ms": round(float(np.percentile(self.calls_ms, 50)), 2),
            "p99_ms": round(float(np.percentile(self.calls_ms, 99)), 2),
            "cpu_ms_per_item": round(1e3 * self.cpu_s / self.items, 2),
            "mfu": None if utilisation is None else round(rate * utilisation, 4),
        }


def measure(sizes: Sizes) -> dict[str, object]:
    """The whole comparison; Triton runs on a copy of the model repository and is stopped at the end."""
    with _copied_repository() as repository:
        items = media_items(sizes.items)
        versions = {"": exported(repository)[int(aligner_folder(repository).name)]}
        if sizes.int8:
            say("quantising the towers")
            pictures = [picture_tensor(item.image or b"", 10**8) for item in items[:32]]
            versions["_int8"] = export_int8(repository, pictures, Quantisation(), say=say)
        ports = Ports()
        server = Triton(repository.parent, TritonPorts(ports.free(), ports.free(), ports.free()), repository)
        try:
            say("starting triton")
            server.start()
            server.wait_ready()
            return asyncio.run(_compare(sizes, repository, versions, server, items))
        finally:
            server.stop()


async def _compare(
    sizes: Sizes, repository: Path, versions: Mapping[str, str], server: Triton, items: Sequence[MediaItem]
) -> dict[str, object]:
    from bench.encoders_torch import TorchEncoder, device_name

    cores = os.cpu_count() or 1
    torch_encoder = TorchEncoder()
    flops = torch_encoder.flops(batches_of(items[: sizes.batches[-1]], sizes.batches[-1])[0])
    peak, source = peak_flops()
    watched = (os.getpid(), server.child.pid)
    async with AsyncExitStack() as stack:
        contestants: dict[str, Contestant] = {"torch": InProcess(torch_encoder.run, cores)}
        for suffix, version in versions.items():
            contestants[f"onnxruntime{suffix}"] = onnx_runtime(repository, version, cores)
            contestants[f"triton{suffix}"] = served(repository, version, server.grpc)
        for contestant in contestants.values():
            stack.push_async_callback(contestant.close)
        tallies: dict[str, dict[int, Tally]] = {name: {} for name in contestants}
        for size in sizes.batches:
            say(f"batches of {size}")
            batches = batches_of(items, size)
            for name, tally in (await _in_turns(contestants, batches, sizes, cores, watched)).items():
                tallies[name][size] = tally
        from_files = {}
        for suffix, version in versions.items():
            say(f"from files, {version}")
            from_files[f"triton{suffix}"] = await _from_files(version, server, items, sizes, watched)
    # 8-bit products are no floating point operations: their share of a peak in floats would mean nothing.
    used = {name: None if name.endswith("_int8") else flops / peak for name in contestants}
    rows = {name: {str(n): tally.report(used[name]) for n, tally in by.items()} for name, by in tallies.items()}
    return {
        "at": today(),
        "device": device_name(),
        "versions": list(versions.values()),
        "calls_at_once": cores,
        "flops_per_item": round(flops),
        "peak_flops_per_s": round(peak),
        "peak_flops_from": source,
        "triton_of_onnxruntime": _share(tallies, "triton", "onnxruntime"),
        "triton_of_torch": _share(tallies, "triton", "torch"),
        "rows": rows,
        "from_files": {name: tally.report(used[name]) for name, tally in from_files.items()},
        "machine": machine(),
    }


async def _in_turns(
    contestants: Mapping[str, Contestant], batches: Sequence[Batch], sizes: Sizes, at_once: int, watched: Sequence[int]
) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for contestant in contestants.values():  # once unmeasured: memory is reserved, kernels are chosen
        await asyncio.gather(*(contestant.run(batches[0]) for _ in range(at_once)))
    for _ in range(sizes.rounds):
        for name, contestant in contestants.items():
            await _loop(
                contestant.run,
                batches,
                tallies[name],
                items_per_call=len(batches[0].rows),
                seconds=sizes.seconds,
                at_once=at_once,
                watched=watched,
            )
    return tallies


async def _from_files(
    version: str, server: Triton, items: Sequence[MediaItem], sizes: Sizes, watched: Sequence[int]
) -> Tally:
    """As the stream does it: pictures decoded and texts tokenised here, in threads, then Triton."""
    encoder = TritonItemEncoder(Settings(triton=server.grpc, encoder_timeout_s=60.0), version)
    try:
        if not await encoder.ready():
            raise RuntimeError(f"Triton does not serve {version}: see its log")
        calls = [list(items[start : start + FILES_PER_CALL]) for start in range(0, len(items), FILES_PER_CALL)]
        tally = Tally()
        await encoder.encode(calls[0])
        await _loop(
            encoder.encode,
            calls,
            tally,
            items_per_call=FILES_PER_CALL,
            seconds=sizes.seconds * sizes.rounds,
            at_once=2,
            watched=watched,
        )
    finally:
        await encoder.close()
    return tally


async def _loop(
    run: Callable[[T], Awaitable[object]],
    calls: Sequence[T],
    tally: Tally,
    *,
    items_per_call: int,
    seconds: float,
    at_once: int,
    watched: Sequence[int],
) -> None:
    """`at_once` callers, each asking again as soon as it is answered, for this long; what began is finished."""
    turn = cycle(calls)
    start, cpu = time.perf_counter(), _cpu_seconds(watched)

    async def caller() -> None:
        while time.perf_counter() - start < seconds:
            begun = time.perf_counter()
            await run(next(turn))
            tally.calls_ms.append(1e3 * (time.perf_counter() - begun))
            tally.items += items_per_call

    await asyncio.gather(*(caller() for _ in range(at_once)))
    tally.wall_s += time.perf_counter() - start
    tally.cpu_s += _cpu_seconds(watched) - cpu


def _cpu_seconds(roots: Sequence[int]) -> float:
    """User and system seconds of these processes; of the server with all its models' processes."""
    mine, *servers = (psutil.Process(pid) for pid in roots)
    processes = [mine, *(each for server in servers for each in (server, *server.children(recursive=True)))]
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


def _share(tallies: Mapping[str, Mapping[int, Tally]], one: str, other: str) -> dict[str, float]:
    """Items a second of `one` over those of `other`, by batch size."""
    return {
        str(size): round(tally.items / tally.wall_s / (theirs.items / theirs.wall_s), 3)
        for (size, tally), theirs in zip(tallies[one].items(), tallies[other].values(), strict=True)
    }


@contextmanager
def _copied_repository() -> Iterator[Path]:
    """A copy in a folder that goes away: an 8-bit version is added to it."""
    with tempfile.TemporaryDirectory(prefix="upwell-bench-") as folder:
        repository = Path(folder) / "models"
        shutil.copytree(MODEL_REPOSITORY, repository, ignore=shutil.ignore_patterns("__pycache__"))
        yield repository
