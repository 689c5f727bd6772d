"""Magnitude pruning of an exported model: the smallest weights of each output of each layer become zero.

Han et al., "Learning both Weights and Connections for Efficient Neural Networks" (2015), without retraining. ONNX
Runtime multiplies zeros like any number, so this makes a model smaller to send (compressed), not faster to run.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

LEAST_WEIGHTS = 1024  # smaller tensors (biases, norms, gates) are kept whole: there is nothing to gain


def prune(source: Path, target: Path, share: float) -> float:
    """Write `source` with this share (0 to below 1) of the weights of every output zeroed; returns the share over all.

    By output and not by layer: batch norms are folded into the weights, so that whole channels are smaller than others
    and would go first. Lookup tables are left alone (their rows are vectors of words, not connections), and so are
    depthwise convolutions: each of their outputs hangs on nine weights. Raises ValueError.
    """
    if not 0.0 <= share < 1.0:
        raise ValueError(f"the share of weights to zero must be at least 0 and below 1, not {share}")
    model = onnx.load(str(source))
    outputs = dict(axis for node in model.graph.node if (axis := _output_axis(node)) is not None)
    zeroed = total = 0
    for tensor in model.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if tensor.name not in outputs or weights.dtype != np.float32 or weights.size < LEAST_WEIGHTS:
            continue
        kept = _thinned(weights, outputs[tensor.name], share)
        zeroed, total = zeroed + int((kept == 0).sum()), total + weights.size
        tensor.CopyFrom(numpy_helper.from_array(kept, tensor.name))
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(target))
    return zeroed / total if total else 0.0


def sent_size(model: Path) -> int:
    """Bytes of the file when compressed (deflate), which is where zeros pay."""
    return len(zlib.compress(model.read_bytes(), level=6))


def _output_axis(node: onnx.NodeProto) -> tuple[str, int] | None:
    """(the name of the weights of a dense layer, along which axis its outputs lie)."""
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    match node.op_type:
        case "Conv" if attributes.get("group", 1) == 1:
            return node.input[1], 0
        case "Gemm":
            return node.input[1], 0 if attributes.get("transB") else 1
        case "MatMul":
            return node.input[1], -1
        case _:
            return None


def _thinned(weights: NDArray[np.float32], axis: int, share: float) -> NDArray[np.float32]:
    rows = np.moveaxis(weights, axis, 0)
    flat = rows.reshape(len(rows), -1)
    cut = np.quantile(np.abs(flat), share, axis=1, keepdims=True) if share else np.zeros((len(flat), 1))
    kept = np.where(np.abs(flat) < cut, np.float32(0.0), flat).astype(np.float32)
    return np.ascontiguousarray(np.moveaxis(kept.reshape(rows.shape), 0, axis))
