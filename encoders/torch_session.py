"""Runs an exported torch program in an ONNX Runtime session's place: what serves the models on a GPU.

Needs torch and numpy only and imports nothing of ours: `export --torch` copies this file beside runtime.py. A program
is `torch.export`'s, so that neither the networks' code nor their packages are needed where it is served.

On a GPU: bfloat16 where torch's autocast holds it safe; a program of one input (pictures, patches) is compiled with
CUDA graphs, which want fixed shapes, so its rows are padded to the next of a few sizes. On a CPU: float32, as it comes;
there it is for tests, since ONNX Runtime is faster.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.export.passes import move_to_device_pass

SIGNATURE = "signature.json"  # kept in the program's file: the names of its inputs and outputs
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)  # rows that a graph is captured for


class TorchSession:
    """`run` and `get_inputs` as ONNX Runtime's sessions have them."""

    def __init__(self, program: Path, device: str = "cpu", *, half: bool | None = None, compiled: bool | None = None):
        """`device`: `cpu` or `gpu`. `half` (bfloat16) and `compiled` (with CUDA graphs): by default on a GPU only.

        Raises FileNotFoundError; RuntimeError where torch finds no GPU.
        """
        if not program.exists():
            raise FileNotFoundError(f"{program} is missing: run `python -m encoders export --torch`")
        on_gpu = device == "gpu"
        if on_gpu and not torch.cuda.is_available():
            raise RuntimeError("torch finds no GPU here: install its CUDA build, or serve by ONNX Runtime")
        self._device = torch.device("cuda" if on_gpu else "cpu")
        self._half = on_gpu if half is None else half
        told = {SIGNATURE: ""}
        loaded = torch.export.load(program, extra_files=told)
        signature = json.loads(told[SIGNATURE])
        self._inputs: list[str] = signature["inputs"]
        self._outputs: list[str] = signature["outputs"]
        module: Any = move_to_device_pass(loaded, self._device).module()
        self._padded = len(self._inputs) == 1
        self._module = module
        if self._padded and (on_gpu if compiled is None else compiled):
            self._module = torch.compile(module, mode="reduce-overhead", dynamic=False)
        self._warm_up = on_gpu and self._padded
        self._lock = threading.Lock()  # captured graphs share their memory

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in self._inputs]

    def run(self, wanted: Sequence[str], feed: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The outputs named, in that order."""
        given = [np.ascontiguousarray(feed[name]) for name in self._inputs]
        rows = len(given[0])
        with self._lock:
            if self._warm_up:  # every size once, so that no later request waits for a capture
                self._warm_up = False
                for size in SIZES:
                    self._computed([np.zeros((size, *given[0].shape[1:]), given[0].dtype)])
            outs = dict(zip(self._outputs, self._computed([padded(given[0])] if self._padded else given), strict=True))
        return [outs[name][:rows] if self._padded else outs[name] for name in wanted]

    def _computed(self, given: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        tensors = [torch.from_numpy(values).to(self._device, non_blocking=True) for values in given]
        with torch.inference_mode(), torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            out = self._module(*tensors)
        return [each.float().cpu().numpy() for each in (out if isinstance(out, tuple | list) else (out,))]


def padded(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows of zeros added up to the next of SIZES; more than the largest stay as they are."""
    size = next((size for size in SIZES if size >= len(rows)), len(rows))
    if size == len(rows):
        return rows
    return np.concatenate([rows, np.zeros((size - len(rows), *rows.shape[1:]), rows.dtype)])
