"""8-bit variants: smaller files, nearly the same numbers."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from encoders.compress.quantise import (
    Feed,
    NothingToCalibrateWith,
    agreement,
    file_size,
    nodes_of,
    quantise_dynamic,
    quantise_static,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def written(module: nn.Module, example: torch.Tensor, path: Path) -> Path:
    torch.manual_seed(0)
    rows = torch.export.Dim("rows", min=1, max=64)
    torch.onnx.export(
        module.eval(), (example,), str(path), input_names=["x"], output_names=["y"], dynamic_shapes=[{0: rows}],
        dynamo=True, external_data=False, verbose=False,
    )  # fmt: skip
    return path


def perceptron(folder: Path) -> Path:
    return written(
        nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 32)), torch.rand(2, 64), folder / "a.onnx"
    )


def convolutions(folder: Path) -> Path:
    net = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU6(), nn.Conv2d(32, 32, 3, padding=1, groups=32),
        nn.ReLU6(), nn.Conv2d(32, 128, 3), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 16),
    )  # fmt: skip
    return written(net, torch.rand(2, 3, 12, 12), folder / "b.onnx")


def ran(model: Path, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    out: np.ndarray = session.run(["y"], {"x": x})[0]
    return out


def test_dynamic_weights_take_a_quarter_of_the_room_and_hardly_move_the_output(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    source, target = perceptron(tmp_path), tmp_path / "int8" / "a.onnx"
    quantise_dynamic(source, target)
    x = rng.normal(size=(20, 64)).astype(np.float32)
    assert file_size(target) < 0.45 * file_size(source)
    assert agreement(ran(source, x), ran(target, x)).min() > 0.99


def test_static_scales_come_from_the_examples_given(tmp_path: Path, rng: np.random.Generator) -> None:
    source, target = convolutions(tmp_path), tmp_path / "int8" / "b.onnx"
    examples: list[Feed] = [{"x": rng.random((4, 3, 12, 12), dtype=np.float32)} for _ in range(4)]
    quantise_static(source, target, examples)
    x = rng.random((20, 3, 12, 12), dtype=np.float32)
    assert file_size(target) < 0.45 * file_size(source)
    assert agreement(ran(source, x), ran(target, x)).min() > 0.98
    narrow, tenth = tmp_path / "narrow.onnx", {"x": np.float32(0.1) * examples[0]["x"]}
    quantise_static(source, narrow, [tenth])
    assert agreement(ran(source, x), ran(narrow, x)).mean() < agreement(ran(source, x), ran(target, x)).mean()


def test_nodes_that_are_kept_stay_float(tmp_path: Path) -> None:
    source, target = perceptron(tmp_path), tmp_path / "kept.onnx"
    first, _ = products = nodes_of(source, "Gemm")
    quantise_dynamic(source, target, keep=[first])
    kinds = [node.op_type for node in onnx.load(str(target)).graph.node]
    assert len(products) == 2
    assert kinds.count("MatMulInteger") == 1
    assert kinds.count("Gemm") + kinds.count("MatMul") == 1


def test_static_quantisation_without_examples_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingToCalibrateWith, match="at least one"):
        quantise_static(convolutions(tmp_path), tmp_path / "none.onnx", [])


def test_agreement_counts_two_empty_rows_as_the_same() -> None:
    one = np.array([[1, 0], [0, 0], [1, 0]], np.float32)
    other = np.array([[2, 0], [0, 0], [0, 1]], np.float32)
    np.testing.assert_allclose(agreement(one, other), [1, 1, 0])
