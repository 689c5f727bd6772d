"""The item encoder behind Triton: media are decoded and tokenised here, the models run there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from tritonclient.grpc.aio import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from encoders.batch import Batch, make_batches
from encoders.preprocess import preprocess
from encoders.spec import DIMENSION, ItemTensors, Limits, Modality
from streams.adapters.triton_versions import ENSEMBLE, connect, served_ensembles
from streams.ports.item_encoder import EncoderRefused, EncoderUnavailable, Encoding, ItemEncoder, MediaItem
from streams.settings import Settings

REQUESTS_AT_ONCE = 4  # enough for the server to batch; more would wait there while their deadlines run
DECODERS = 2  # threads that decode media; decoding releases the interpreter's lock
Vectors = NDArray[np.float32]

# What Triton answers when a model failed on its input, as opposed to being away, starting or too slow.
REFUSALS = ("StatusCode.INTERNAL", "StatusCode.INVALID_ARGUMENT")


class TritonItemEncoder(ItemEncoder):
    """One client, made in the event loop of the first call and kept.

    The version comes from the server: `ready` learns it, every answer carries it, and an answer of another version is
    refused, so that no vector is filed under the wrong one. With a `version` asked for, the ensemble that serves it is
    looked up by the version its configuration names; without, the server's default is used.
    """

    dimension = DIMENSION

    def __init__(self, settings: Settings, version: str | None = None) -> None:
        self._ensemble = ENSEMBLE if version is None else None
        self._version = version
        self._url = settings.triton
        self._timeout_s = settings.encoder_timeout_s
        self._limits = Limits(settings.media_max_pixels, settings.media_max_seconds)
        self._client: InferenceServerClient | None = None
        self._slots = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._decoders = ThreadPoolExecutor(DECODERS, thread_name_prefix="decode")

    @property
    def version(self) -> str:
        """Raises EncoderUnavailable until `ready` has been true once."""
        if self._version is None:
            raise EncoderUnavailable(f"Triton at {self._url} has not told its encoder version yet")
        return self._version

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        loop = asyncio.get_running_loop()
        decoding = [loop.run_in_executor(self._decoders, preprocess, item, self._limits) for item in items]
        tensors = list(await asyncio.gather(*decoding))
        batches = make_batches(tensors)
        answers = await asyncio.gather(*(self._infer(batch) for batch in batches))
        vectors: dict[int, Vectors] = {}
        for batch, (answer, version) in zip(batches, answers, strict=True):
            self._check(version)
            vectors.update(zip(batch.rows, answer, strict=True))
        return [_encoding(item, vectors.get(row)) for row, item in enumerate(tensors)]

    async def ready(self) -> bool:
        try:
            model = await self._model()
            if not await self._connected().is_model_ready(model, client_timeout=self._timeout_s):
                return False
            if self._version is None:
                _, self._version = await self._infer(_probe())
        except (InferenceServerException, EncoderUnavailable, EncoderRefused):
            return False
        return True

    async def close(self) -> None:
        self._decoders.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _connected(self) -> InferenceServerClient:
        if self._client is None:
            self._client = connect(self._url)
        return self._client

    async def _model(self) -> str:
        """The ensemble that serves the version asked for. Raises EncoderUnavailable when the server has none."""
        if self._ensemble is None:
            served = await served_ensembles(self._connected(), self._timeout_s)
            if self._version not in served:
                raise EncoderUnavailable(
                    f"Triton at {self._url} does not serve {self._version}: export it, then have it loaded"
                )
            self._ensemble = served[self._version]
        return self._ensemble

    async def _infer(self, batch: Batch) -> tuple[Vectors, str]:
        inputs = [
            _input("TOKENS", batch.tokens),
            _input("PICTURES", batch.pictures),
            _input("PICTURE_MODALITY", batch.picture_modality),
            _input("SOUNDS", batch.sounds),
            _input("SOUND_MODALITY", batch.sound_modality),
            _input("QUALITY", batch.quality),
        ]
        outputs = [InferRequestedOutput("VECTOR"), InferRequestedOutput("VERSION")]
        try:
            model = await self._model()
            async with self._slots:
                answer = await self._connected().infer(model, inputs, outputs=outputs, client_timeout=self._timeout_s)
        except InferenceServerException as error:
            kind = EncoderRefused if error.status() in REFUSALS else EncoderUnavailable
            raise kind(f"Triton at {self._url} gave no vectors: {error.message()}") from error
        vectors, versions = answer.as_numpy("VECTOR"), answer.as_numpy("VERSION")
        return vectors, bytes(versions[0, 0]).decode()

    def _check(self, version: str) -> None:
        if self._version is None:
            self._version = version
        if version != self._version:
            raise EncoderUnavailable(f"Triton now serves {version}, this worker began with {self._version}: restart it")


def _input(name: str, values: NDArray[np.generic]) -> InferInput:
    tensor = InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
    tensor.set_data_from_numpy(values)
    return tensor


def _encoding(item: ItemTensors, vector: Vectors | None) -> Encoding:
    return Encoding(vector, item.modalities, item.problems)


def _probe() -> Batch:
    """The least that can be asked: one piece of text."""
    no_modality = np.zeros((1, 1), np.int32)
    return Batch(
        rows=(0,),
        tokens=np.full((1, 1), int(Modality.TEXT), np.int32),
        pictures=np.zeros((1, 1, 1, 1, 3), np.uint8),
        picture_modality=no_modality,
        sounds=np.zeros((1, 1, 1, 96), np.float32),
        sound_modality=no_modality,
        quality=np.zeros((1, 4), np.float32),
    )
