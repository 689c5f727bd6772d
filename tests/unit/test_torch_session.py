"""Torch programs in the place of ONNX graphs: the GPU's way of serving, as far as a CPU can tell."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from stand_in_aligner import StandInAligner
from torch import Tensor, nn

from encoders import runtime
from encoders.compress.quantise import agreement
from encoders.export import complete, export_aligner
from encoders.graphs import aligner_graph, image_graph, text_graph
from encoders.layout import model_folder
from encoders.placing import CODE, has_program
from encoders.tokens import tokenize
from encoders.torch_session import SIZES, TorchSession, padded

TEXTS = ["a red fox", "一只红色的狐狸", "", "a longer text, with a comma and 42 numbers"]


class Words(nn.Module):
    """What `text.UniversalSentenceEncoder` takes and gives, with little inside."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces, self.out = nn.Embedding(1000, 16), nn.Linear(32, 512)

    def forward(self, ids: Tensor, windows: Tensor, owners: Tensor) -> Tensor:
        pieces = self.pieces(ids % 1000)
        beside = nn.functional.pad(pieces, (0, 0, 0, 1))[windows[:, 1]]
        out: Tensor = nn.functional.normalize(self.out(owners @ torch.cat([pieces, beside], dim=1)), dim=1)
        return out


class Looks(nn.Module):
    """What `image.EfficientNetLite` takes and gives, with little inside."""

    def __init__(self) -> None:
        super().__init__()
        self.see, self.widen, self.name = nn.Conv2d(3, 8, 5, stride=8), nn.Linear(8, 1280), nn.Linear(1280, 1000)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.see(pixels.to(torch.float32).permute(0, 3, 1, 2) / 128 - 1).relu().mean(dim=(2, 3))
        embedding = self.widen(seen)
        return embedding, torch.softmax(self.name(embedding), dim=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Graphs and programs of the same weights, side by side."""
    made = tmp_path_factory.mktemp("programs")
    torch.manual_seed(0)
    text_graph(Words(), made / "text.onnx", program=True)
    image_graph(Looks(), made / "image.onnx", program=True)
    aligner_graph(StandInAligner(), made / "aligner.onnx", program=True)
    return made


@pytest.fixture
def by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    """uint8[1, 3, 224, 224, 3]: one item of three pictures."""
    return np.random.default_rng(0).integers(0, 256, (1, 3, 224, 224, 3), dtype=np.uint8)


def runs_by_torch(session: Any) -> bool:
    """`runtime` loads the class from the file beside it, so it is another class than the one imported here."""
    return type(session).__name__ == "TorchSession"


def test_on_a_cpu_a_program_is_run_only_when_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runs_by_torch(runtime.session(folder / "image.onnx"))
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")
    assert runs_by_torch(runtime.session(folder / "image.onnx"))


def test_on_a_gpu_a_program_is_preferred_where_there_is_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runtime._by_torch(folder / "image.onnx", "gpu")
    assert not runtime._by_torch(tmp_path / "image.onnx", "gpu")
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "onnx")
    assert not runtime._by_torch(folder / "image.onnx", "gpu")


def test_texts_get_the_vectors_of_the_graph(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [tokenize(text) for text in TEXTS]
    expected = runtime.TextModel(folder).run(tokens)
    assert np.abs(expected).sum(axis=1).astype(bool).tolist() == [True, True, False, True]
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")
    np.testing.assert_allclose(runtime.TextModel(folder).run(tokens), expected, atol=1e-5)


def test_pictures_get_the_outputs_of_the_graph_whatever_they_are_padded_to(
    folder: Path, pictures: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    modality = np.array([[2, 0, 2]], np.int32)
    expected = runtime.picture_model(folder).run(pictures, modality)
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")
    served = runtime.picture_model(folder)
    for one, other in zip(served.run(pictures, modality), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    three = served.run(pictures, np.array([[2, 2, 2]], np.int32))  # three rows run as four
    assert three[1].shape == (1, 3, 1280)
    np.testing.assert_allclose(three[1][0, 2], expected[1][0, 2], atol=1e-4)


def test_an_aligner_takes_every_input_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    features = {
        "text": rng.random((3, 512), np.float32),
        "classes": rng.random((3, 2, 1000), np.float32),
        "picture": rng.random((3, 2, 1280), np.float32),
        "picture_modality": np.array([[2, 0], [4, 4], [0, 0]], np.int32),
        "tags": rng.random((3, 1, 50), np.float32),
        "sound": rng.random((3, 1, 200), np.float32),
        "sound_modality": np.array([[3], [0], [4]], np.int32),
        "quality": rng.random((3, 4), np.float32),
    }
    expected = runtime.Aligner(folder).run(features)
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")
    for one, other in zip(runtime.Aligner(folder).run(features), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_half_precision_points_where_float_does(folder: Path, pictures: NDArray[np.uint8]) -> None:
    feed = {"pixels": pictures[0]}
    (whole,) = TorchSession(folder / "image.pt2").run(["embedding"], feed)
    (half,) = TorchSession(folder / "image.pt2", half=True).run(["embedding"], feed)
    assert half.dtype == np.float32
    assert 0.99 < agreement(whole, half).min() < 1 - 1e-7


def test_rows_are_padded_to_the_next_of_a_few_sizes_so_that_few_graphs_are_captured() -> None:
    sizes = {len(padded(np.ones((rows, 2), np.uint8))) for rows in range(1, max(SIZES) + 1)}
    assert sizes == set(SIZES)
    np.testing.assert_array_equal(padded(np.ones((3, 1), np.uint8)), [[1], [1], [1], [0]])
    assert len(padded(np.ones((300, 1), np.uint8))) == 300


def test_what_is_missing_is_said_in_one_line(folder: Path, tmp_path: Path, by_torch: None) -> None:
    with pytest.raises(FileNotFoundError, match="export --torch"):
        runtime.session(tmp_path / "image.onnx")
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="no GPU"):
            runtime.session(folder / "image.onnx", "gpu")


def test_export_writes_programs_when_asked_and_drops_those_of_older_weights(tmp_path: Path) -> None:
    complete(tmp_path)
    one = model_folder(tmp_path, "aligner", export_aligner(StandInAligner(), "standin-00000001", tmp_path))
    assert not has_program(one)
    export_aligner(StandInAligner(), "standin-00000001", tmp_path, programs=True)
    assert has_program(one)
    said: list[str] = []
    export_aligner(StandInAligner(), "standin-00000001", tmp_path, programs=True, say=said.append)
    assert "up to date" in said[0]
    export_aligner(StandInAligner(), "standin-00000001", tmp_path, force=True)
    assert not (one / "aligner.pt2").exists()


def test_the_code_that_lies_beside_the_weights_imports_nothing_of_ours() -> None:
    for name in CODE:
        code = Path(runtime.__file__).with_name(name).read_text(encoding="utf-8")
        assert not re.search(r"^\s*(from|import) (encoders|streams)", code, re.MULTILINE), name
