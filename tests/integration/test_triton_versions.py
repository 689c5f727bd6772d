"""Encoder versions side by side on a real Triton: added while it serves, equal to torch, dropped again."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders import runtime
from encoders.aligner import TrainedAligner
from encoders.batch import make_batches
from encoders.export import export
from encoders.graphs import aligner_graph
from encoders.layout import MODEL_REPOSITORY
from encoders.learning.config import ModelConfig
from encoders.learning.fusion import FUSIONS
from encoders.learning.fusion.base import Fusion
from encoders.learning.model import AlignmentModel
from encoders.learning.saved import load, save
from encoders.picture import picture_tensor
from encoders.pipeline import Pipeline
from encoders.preprocess import preprocess
from encoders.quantised import Quantisation, export_int8
from encoders.samples import drawing, picture, tone, video, wav
from encoders.spec import DIMENSION
from streams.adapters.triton_encoder import TritonItemEncoder
from streams.adapters.triton_versions import TritonVersions
from streams.local.ports import Ports
from streams.local.triton import Triton, TritonPorts
from streams.ports.item_encoder import EncoderUnavailable, MediaItem
from streams.settings import Settings

MEDIA = {"text": "a brass band", "image": picture(), "audio": wav(tone(1.0)), "video": video(0.5)}
SUBSETS = [names for size in range(1, 5) for names in combinations(MEDIA, size)]
ITEMS = [MediaItem("+".join(names), **{name: MEDIA[name] for name in names}) for names in SUBSETS]  # type: ignore[arg-type]  # the names are MediaItem's own


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the model repository that serves the bridge alone; the shipped heads lie there, exported."""
    copy = tmp_path_factory.mktemp("versions") / "models"
    others = shutil.ignore_patterns("item_encoder_*", "[3-9]", "__pycache__")
    return Path(shutil.copytree(MODEL_REPOSITORY, copy, ignore=others))


def random_model(fusion: str) -> AlignmentModel:
    """Every weight random: a new model gives nothing but zeros."""
    torch.manual_seed(0)
    model = AlignmentModel(ModelConfig(fusion=fusion, hidden=32))
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.1)
    return model


def checkpoint_of(fusion: str, folder: Path) -> Path:
    """An aligner as training saves it."""
    path = folder / f"{fusion}.safetensors"
    save(random_model(fusion), path)
    return path


def by_torch(module: nn.Module, features: dict[str, NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vector and parts."""
    with torch.inference_mode():
        vector, parts = module(**{name: torch.from_numpy(values) for name, values in features.items()})
    return vector.numpy(), parts.numpy()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint_of("gated", tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="module")
def exported(running: Settings, repository: Path, checkpoint: Path) -> str:
    """Exported into the repository of a server that runs already; its version."""
    return export(repository, aligner=checkpoint)


@pytest.fixture(scope="module")
def running(repository: Path, tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Settings]:
    server = Triton(tmp_path_factory.mktemp("t"), TritonPorts(ports.free(), ports.free(), ports.free()), repository)
    try:
        server.start()
        server.wait_ready()
        yield Settings(triton=server.grpc, encoder_timeout_s=30)
    finally:
        server.stop()


@pytest.fixture
async def versions(running: Settings) -> AsyncIterator[TritonVersions]:
    made = TritonVersions(running)
    yield made
    await made.close()


async def test_a_version_that_was_never_exported_is_not_served(versions: TritonVersions, running: Settings) -> None:
    with pytest.raises(EncoderUnavailable, match="export"):
        await versions.serve("nobody-00000000")
    encoder = TritonItemEncoder(running, "nobody-00000000")
    assert not await encoder.ready()
    with pytest.raises(EncoderUnavailable, match="nobody-00000000"):
        await encoder.encode([MediaItem("x", text="words")])
    await encoder.close()


async def test_a_version_is_added_while_the_old_one_answers(
    versions: TritonVersions, running: Settings, exported: str
) -> None:
    old = TritonItemEncoder(running)
    assert await old.ready()
    (before,) = await old.encode([MediaItem("x", text="words")])
    served = asyncio.Event()

    async def load() -> int:
        calls = 0
        while not served.is_set():
            (encoding,) = await old.encode([MediaItem("x", text="words")])
            np.testing.assert_array_equal(encoding.vector, before.vector)
            calls += 1
        return calls

    calling = asyncio.create_task(load())
    await versions.serve(exported)
    served.set()
    assert await calling > 0  # an answer that failed or changed would have ended it with an error
    assert exported in await versions.served()
    await old.close()


@pytest.fixture(scope="module")
def features(repository: Path) -> list[dict[str, NDArray[Any]]]:
    """What the towers, which all versions share, make of every subset of modalities, an item each."""
    pipeline = Pipeline(repository)
    tensors = [preprocess(item) for item in ITEMS]
    return [pipeline.features(make_batches([one])[0]) for one in tensors]


class SideBySide(nn.Module):
    """Fusions in the place of one, their vectors one after another: exporting the heads takes longest."""

    def __init__(self, fusions: Sequence[Fusion]) -> None:
        super().__init__()
        self.fusions = nn.ModuleList(fusions)

    def forward(self, parts: Tensor, present: Tensor, quality: Tensor) -> Tensor:
        return torch.cat([fusion(parts, present, quality) for fusion in self.fusions], dim=1)


def test_every_fusion_equals_torch_in_process_for_every_subset_of_modalities(
    features: list[dict[str, NDArray[Any]]], tmp_path: Path
) -> None:
    model = random_model("gated")
    model.fusion = cast("Fusion", SideBySide([random_model(name).fusion for name in FUSIONS]))
    module = TrainedAligner(model).eval()
    aligner_graph(module, tmp_path / "aligner.onnx")
    aligner = runtime.Aligner(tmp_path)
    expected = []
    for given in features:
        vector, parts = by_torch(module, given)
        in_process, own = aligner.run(given)
        np.testing.assert_allclose(in_process, vector, atol=1e-3)
        np.testing.assert_allclose(own, parts, atol=1e-3)
        expected.append(vector.reshape(len(FUSIONS), DIMENSION))
    vectors = np.stack(expected, axis=1)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=2), 1.0, atol=1e-4)
    for of_one in vectors:  # what an item has is seen in its vector
        assert len(np.unique(np.round(of_one, 3), axis=0)) == len(SUBSETS)


@pytest.mark.parametrize("fusion", ["gated", "cross-attention"])
async def test_a_trained_version_on_triton_equals_torch(
    *,
    fusion: str,
    versions: TritonVersions,
    running: Settings,
    repository: Path,
    tmp_path: Path,
    features: list[dict[str, NDArray[Any]]],
) -> None:
    checkpoint = checkpoint_of(fusion, tmp_path)
    exported = export(repository, aligner=checkpoint)
    module = TrainedAligner(load(checkpoint)).eval()
    await versions.serve(exported)
    encoder = TritonItemEncoder(running, exported)
    assert await encoder.ready()
    assert encoder.version == exported
    sent = range(len(ITEMS)) if fusion == "gated" else range(0, len(ITEMS), 4)  # sounds and videos take their time
    served = await encoder.encode([ITEMS[row] for row in sent])
    await encoder.close()
    for row, answer in zip(sent, served, strict=True):
        assert answer.vector is not None
        np.testing.assert_allclose(answer.vector, by_torch(module, features[row])[0][0], atol=1e-3)
    await versions.retire(exported)


async def test_a_retired_version_answers_no_more_and_the_others_do(
    versions: TritonVersions, running: Settings, exported: str
) -> None:
    await versions.serve(exported)
    await versions.retire(exported)
    assert exported not in await versions.served()
    encoder = TritonItemEncoder(running)
    assert await encoder.ready()
    await encoder.close()
    await versions.serve(exported)
    assert exported in await versions.served()


async def test_an_8_bit_version_is_served_beside_the_float_one_and_says_nearly_the_same(
    versions: TritonVersions, running: Settings, repository: Path
) -> None:
    pictures = [picture_tensor(picture(image=drawing(seed=seed)), 1_000_000) for seed in range(8)]
    light = export_int8(repository, pictures, Quantisation())
    await versions.serve(light)
    items = [MediaItem("t", "a brass band in the park"), MediaItem("p", image=picture(image=drawing(seed=99)))]
    encoders = [TritonItemEncoder(running), TritonItemEncoder(running, light)]
    assert all([await encoder.ready() for encoder in encoders])
    floats, lights = [await encoder.encode(items) for encoder in encoders]
    for encoder in encoders:
        await encoder.close()
    in_process = Pipeline(repository, version=light).encode(items)
    for full, served, local in zip(floats, lights, in_process, strict=True):
        assert full.vector is not None
        assert served.vector is not None
        assert local.vector is not None
        np.testing.assert_allclose(served.vector, local.vector, atol=1e-3)
        assert 0.8 < full.vector @ served.vector < 1 - 1e-5
