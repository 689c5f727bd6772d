"""Magnitude pruning of an exported model: the smallest weights of each layer become zero.

Han et al., "Learning both Weights and Connections for Efficient Neural Networks" (2015), without retraining. ONNX
Runtime multiplies zeros like any number, so this makes a model smaller to send (compressed), not faster to run.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

LEAST_WEIGHTS = 1024  # smaller tensors (biases, norms, gates) are kept whole: there is nothing to gain


def prune(source: Path, target: Path, share: float) -> float:
    """Write `source` with this share (0 to below 1) of each weight matrix zeroed; returns the share over all of them.

    Lookup tables are left alone: their rows are vectors of words, not connections. Raises ValueError.
    """
    if not 0.0 <= share < 1.0:
        raise ValueError(f"the share of weights to zero must be at least 0 and below 1, not {share}")
    model = onnx.load(str(source))
    products = {name for node in model.graph.node if node.op_type in ("MatMul", "Gemm", "Conv") for name in node.input}
    zeroed = total = 0
    for tensor in model.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if tensor.name not in products or weights.dtype != np.float32 or weights.size < LEAST_WEIGHTS:
            continue
        cut = np.quantile(np.abs(weights), share) if share else 0.0
        kept = np.where(np.abs(weights) < cut, np.float32(0.0), weights)
        zeroed, total = zeroed + int((kept == 0).sum()), total + weights.size
        tensor.CopyFrom(numpy_helper.from_array(kept, tensor.name))
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(target))
    return zeroed / total if total else 0.0


def sent_size(model: Path) -> int:
    """Bytes of the file when compressed (deflate), which is where zeros pay."""
    return len(zlib.compress(model.read_bytes(), level=6))
