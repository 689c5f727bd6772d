"""Runs the exported models. Needs numpy (1 or 2) and onnxruntime only, and imports nothing of ours: `export` copies
this file beside the weights, so that Triton's models and the in-process pipeline run the very same code. On a GPU it
may run torch programs instead (torch_session.py, copied with it).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

MANIFEST = "manifest.json"
REACH_LEFT, REACH_RIGHT = 2, 2  # the text model's widest n-gram
MAX_ROWS = {"cpu": 16, "gpu": 128}  # pictures or patches per run: more only needs memory
MAX_TEXT_PIECES = {"cpu": 512, "gpu": 8192}  # sentence pieces per run
TEXT_WIDTH = 512
PICTURE_OUTPUTS = {"classes": 1000, "embedding": 1280}  # name and width
SOUND_OUTPUTS = {"tags": 50, "embedding": 200}
ALIGNER_INPUTS = ("text", "classes", "picture", "picture_modality", "tags", "sound", "sound_modality", "quality")


def session(model: Path, device: str = "cpu") -> Any:
    """What runs a graph: an ONNX Runtime session, or on a GPU the torch program that lies beside it, if one does.

    `device` is `cpu` or `gpu`. UPWELL_ENCODER_RUNNER=onnx or torch says which in any case. Threads per model from
    UPWELL_ENCODER_THREADS (1): many small models on few cores are slower with more.
    """
    if _by_torch(model, device):
        return _torch_session(model.with_suffix(".pt2"), device)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("UPWELL_ENCODER_THREADS", "1"))
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=_providers(model, device))


def _by_torch(model: Path, device: str) -> bool:
    wanted = os.environ.get("UPWELL_ENCODER_RUNNER")
    if wanted is not None:
        return wanted == "torch"
    return device == "gpu" and model.with_suffix(".pt2").exists() and find_spec("torch") is not None


def _torch_session(program: Path, device: str) -> Any:
    """From the file beside this one, wherever that is: torch is loaded only where it serves."""
    spec = spec_from_file_location("torch_session", Path(__file__).with_name("torch_session.py"))
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{Path(__file__).parent} holds no torch_session.py: run `python -m encoders export`")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TorchSession(program, device)


def _providers(model: Path, device: str) -> list[str | tuple[str, dict[str, Any]]]:
    """What may run the graph, best first. On a GPU: CUDA (TF32), or with UPWELL_ENCODER_TENSORRT=1 engines of TensorRT
    in half precision, which are built at the first start and kept in UPWELL_ENCODER_ENGINES (a folder).
    """
    chosen: list[str | tuple[str, dict[str, Any]]] = ["CPUExecutionProvider"]
    available = onnxruntime.get_available_providers()
    if device == "gpu" and "CUDAExecutionProvider" in available:
        chosen.insert(0, ("CUDAExecutionProvider", {"use_tf32": 1, "cudnn_conv_algo_search": "HEURISTIC"}))
    wanted = os.environ.get("UPWELL_ENCODER_TENSORRT") == "1"
    if device == "gpu" and wanted and "TensorrtExecutionProvider" in available:
        kept = os.environ.get("UPWELL_ENCODER_ENGINES", str(model.parent))
        half = {"trt_fp16_enable": True, "trt_engine_cache_enable": True, "trt_engine_cache_path": kept}
        chosen.insert(0, ("TensorrtExecutionProvider", half))
    return chosen


def manifest(folder: Path) -> dict[str, Any]:
    """What export wrote of the files in `folder`. Raises FileNotFoundError."""
    written: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return written


def version(folder: Path) -> str:
    """The encoder version written by export into `folder`. Raises FileNotFoundError."""
    return str(manifest(folder)["version"])


class TextModel:
    """Piece ids to float32[n, 512]; a text of no pieces gives zeros."""

    def __init__(self, folder: Path, device: str = "cpu", runner: Any = None) -> None:
        """`runner`: what computes the graph in place of ONNX Runtime; it has a session's `run` and `get_inputs`."""
        self._session = runner or session(folder / "text.onnx", device)
        self._most = MAX_TEXT_PIECES[device]

    def run(self, texts: Sequence[Integers]) -> Floats:
        """`texts`: int32[l] each; entries below 0 are padding."""
        texts = [text[text >= 0] for text in texts]
        out = np.zeros((len(texts), TEXT_WIDTH), np.float32)
        group: list[int] = []
        pieces = 0
        for row, text in enumerate(texts):
            if group and pieces + len(text) > self._most:
                out[group] = self._run([texts[i] for i in group])
                group, pieces = [], 0
            if len(text):
                group.append(row)
                pieces += len(text)
        if group:
            out[group] = self._run([texts[i] for i in group])
        return out

    def _run(self, texts: list[Integers]) -> Floats:
        vectors: Floats = self._session.run(["vector"], text_feed(texts))[0]
        return vectors


def text_feed(texts: Sequence[Integers]) -> dict[str, NDArray[Any]]:
    """Piece ids int32[l] each, l >= 1, to the text graph's inputs: the pieces of all texts one after another.

    ids int64[t]; windows int64[t, 5], a piece's neighbours, t where there is none; owners float32[n, t].
    """
    lengths = np.array([len(text) for text in texts])
    starts = np.cumsum(lengths) - lengths
    total = int(lengths.sum())
    owner = np.repeat(np.arange(len(texts)), lengths)
    near = np.arange(total)[:, None] + np.arange(-REACH_LEFT, REACH_RIGHT + 1)
    inside = (near >= starts[owner][:, None]) & (near < (starts + lengths)[owner][:, None])
    owners = np.zeros((len(texts), total), np.float32)
    owners[owner, np.arange(total)] = 1.0
    return {
        "ids": np.concatenate(texts).astype(np.int64),
        "windows": np.where(inside, near, total).astype(np.int64),
        "owners": owners,
    }


class SlotModel:
    """A model of pictures or patches: a row of every output for each slot; only slots in use are computed."""

    def __init__(
        self, model: Path, source: str, outputs: dict[str, int], device: str = "cpu", runner: Any = None
    ) -> None:
        """`source` names the graph's input, `outputs` its outputs with their widths; `runner` as for TextModel."""
        self._session = runner or session(model, device)
        self._source, self._outputs, self._most = source, outputs, MAX_ROWS[device]

    def run(self, slots: NDArray[Any], modality: Integers) -> tuple[Floats, ...]:
        """[n, k, ...] and int32[n, k] to float32[n, k, width] by output; zeros where modality is 0."""
        return self.run_many([(slots, modality)])[0]

    def run_many(self, requests: Sequence[tuple[NDArray[Any], Integers]]) -> list[tuple[Floats, ...]]:
        """Several requests of any n and k, computed together."""
        outs = [
            tuple(np.zeros((*modality.shape, width), np.float32) for width in self._outputs.values())
            for _, modality in requests
        ]
        used = [slots[modality != 0] for slots, modality in requests if (modality != 0).any()]
        if not used:
            return outs
        results = self._computed(used[0] if len(used) == 1 else np.concatenate(used))
        at = 0
        for out, (_, modality) in zip(outs, requests, strict=True):
            count = int((modality != 0).sum())
            for array, result in zip(out, results, strict=True):
                array[modality != 0] = result[at : at + count]
            at += count
        return outs

    def _computed(self, rows: NDArray[Any]) -> list[Floats]:
        names = list(self._outputs)
        parts = [
            self._session.run(names, {self._source: rows[start : start + self._most]})
            for start in range(0, len(rows), self._most)
        ]
        return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def picture_model(folder: Path, device: str = "cpu", runner: Any = None) -> SlotModel:
    """uint8[n, k, 224, 224, 3] to (class probabilities float32[n, k, 1000], embedding float32[n, k, 1280])."""
    return SlotModel(folder / "image.onnx", "pixels", PICTURE_OUTPUTS, device, runner)


def sound_model(folder: Path, device: str = "cpu", runner: Any = None) -> SlotModel:
    """float32[n, p, 187, 96] to (tag probabilities float32[n, p, 50], embedding float32[n, p, 200])."""
    return SlotModel(folder / "audio.onnx", "patches", SOUND_OUTPUTS, device, runner)


class Aligner:
    """Features of every modality to unit vectors, see encoders/aligner.py."""

    def __init__(self, folder: Path, device: str = "cpu", runner: Any = None) -> None:
        self._session = runner or session(folder / "aligner.onnx", device)
        self._needs = [given.name for given in self._session.get_inputs()]

    def run(self, features: dict[str, NDArray[Any]]) -> tuple[Floats, Floats]:
        """`features` has all of ALIGNER_INPUTS, of which the graph takes what it needs.

        (vector float32[n, 256], parts float32[n, 4, 256]).
        """
        vector, parts = self._session.run(["vector", "parts"], {name: features[name] for name in self._needs})
        return vector, parts
