"""8-bit variants of exported models, written beside the float ones and run by the same ONNX Runtime.

Dynamic: weights are stored in 8 bits, activations are rounded while it runs (no data needed; matrix products only).
Static: activations too have fixed 8-bit scales, found by running examples (for convolutions).
Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference" (2018);
onnxruntime.ai/docs/performance/model-optimizations/quantization.html.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

Feed = dict[str, NDArray[Any]]  # an input's name to its array


class NothingToCalibrateWith(ValueError):
    """Static quantisation was asked for without one example."""


def quantise_dynamic(source: Path, target: Path, *, keep: Sequence[str] = ()) -> None:
    """Write `source` with 8-bit weights in its matrix products; `keep` names nodes that stay float."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        quantize_dynamic(
            _prepared(source, Path(folder)),
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[name for kept in keep for name in (kept, f"{kept}_MatMul")],  # Gemm is split and renamed
        )


def quantise_static(source: Path, target: Path, examples: Iterable[Feed], *, keep: Sequence[str] = ()) -> None:
    """Write `source` with 8-bit convolutions and products, scales from `examples` (one feed of the model each).

    Weights have one scale per output channel: the channels of a depthwise convolution differ too much to share one.
    Raises NothingToCalibrateWith.
    """
    feeds = list(examples)
    if not feeds:
        raise NothingToCalibrateWith(f"no example to calibrate {source.name} with: give at least one")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        quantize_static(
            _prepared(source, Path(folder)),
            target,
            _Examples(feeds),
            quant_format=QuantFormat.QDQ,  # what the CPU provider fuses into integer kernels
            op_types_to_quantize=["Conv", "Gemm", "MatMul", "Add", "Clip", "Relu"],
            per_channel=True,
            activation_type=QuantType.QUInt8,  # with QInt8 weights: the pair that VNNI instructions multiply
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[*keep],
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"CalibMovingAverage": True},  # one odd picture must not widen every scale
        )


def nodes_of(source: Path, kind: str) -> tuple[str, ...]:
    """The names of the nodes of one operator, for `keep`."""
    return tuple(node.name for node in onnx.load(str(source)).graph.node if node.op_type == kind)


class _Examples(CalibrationDataReader):
    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._feeds = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


def _prepared(source: Path, folder: Path) -> Path:
    """Batch norms folded into convolutions and every shape known, as the quantiser wants its input."""
    prepared = folder / "prepared.onnx"
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    # torch's exporter states the shapes of weights a second time; the quantiser transposes some and trips over the old.
    model = onnx.load(str(prepared))
    weights = {weight.name for weight in model.graph.initializer}
    kept = [value for value in model.graph.value_info if value.name not in weights]
    del model.graph.value_info[:]
    model.graph.value_info.extend(kept)
    onnx.save(model, str(prepared))
    return prepared


def file_size(model: Path) -> int:
    """Bytes on disk."""
    return model.stat().st_size


def agreement(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine of each row of `one` float32[n, d] with the same row of `other`; 1 where both are zero: float32[n]."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines = np.einsum("ij,ij->i", one, other) / np.maximum(lengths, 1e-12)
    both_empty = ~one.any(axis=1) & ~other.any(axis=1)
    return np.where(both_empty, 1.0, cosines).astype(np.float32)
