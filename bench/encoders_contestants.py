"""Who encodes: plain torch, ONNX Runtime in this process, Triton. Each takes a batch of tensors and gives vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tritonclient.grpc.aio import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import np_to_triton_dtype

from encoders.batch import Batch
from encoders.pipeline import Pipeline
from encoders.served import ensemble_name, exported
from encoders.spec import Floats
from streams.adapters.triton_versions import connect

TIMEOUT_S = 120.0


class Contestant(Protocol):
    """Answers several calls at once, as many as the machine has cores."""

    async def run(self, batch: Batch) -> Floats: ...

    async def close(self) -> None: ...


class InProcess:
    """A function of a batch, in as many threads as there are cores: each call computes on one."""

    def __init__(self, encode: Callable[[Batch], Floats], threads: int) -> None:
        self._encode = encode
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encode")

    async def run(self, batch: Batch) -> Floats:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._encode, batch)

    async def close(self) -> None:
        self._pool.shutdown()


class Served:
    """One of Triton's ensembles, by gRPC."""

    def __init__(self, url: str, ensemble: str) -> None:
        self._ensemble = ensemble
        self._client: InferenceServerClient = connect(url)

    async def run(self, batch: Batch) -> Floats:
        arrays: dict[str, NDArray[Any]] = {
            "TOKENS": batch.tokens,
            "PICTURES": batch.pictures,
            "PICTURE_MODALITY": batch.picture_modality,
            "SOUNDS": batch.sounds,
            "SOUND_MODALITY": batch.sound_modality,
            "QUALITY": batch.quality,
        }
        inputs = []
        for name, values in arrays.items():
            tensor = InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
            tensor.set_data_from_numpy(values)
            inputs.append(tensor)
        wanted = [InferRequestedOutput("VECTOR")]
        answer = await self._client.infer(self._ensemble, inputs, outputs=wanted, client_timeout=TIMEOUT_S)
        vectors: Floats = np.asarray(answer.as_numpy("VECTOR"))
        return vectors

    async def close(self) -> None:
        await self._client.close()


def onnx_runtime(repository: Path, version: str, threads: int) -> InProcess:
    """An exported version in this process."""
    pipeline = Pipeline(repository, version=version)
    return InProcess(lambda batch: pipeline.run(batch)[0], threads)


def served(repository: Path, version: str, url: str) -> Served:
    """The same version behind Triton."""
    number = {name: number for number, name in exported(repository).items()}[version]
    return Served(url, ensemble_name(number))
