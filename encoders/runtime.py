"""Runs the exported models. Needs numpy (1 or 2) and onnxruntime only, and imports nothing of ours: `export` copies
this file beside the weights, so that Triton's models and the in-process pipeline run the very same code.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

MANIFEST = "manifest.json"
REACH_LEFT, REACH_RIGHT = 2, 2  # the text model's widest n-gram
MAX_ROWS = 16  # pictures or patches per run: more only needs memory
MAX_TEXT_PIECES = 512  # sentence pieces per run
TEXT_WIDTH, CLASSES, TAGS = 512, 1000, 50


def session(model: Path, device: str = "cpu") -> Any:
    """An ONNX Runtime session. `device` is `cpu` or `gpu`; threads per model from UPWELL_ENCODER_THREADS (1).

    One thread each: many small models on few cores are slower with more.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("UPWELL_ENCODER_THREADS", "1"))
    options.inter_op_num_threads = 1
    available = onnxruntime.get_available_providers()
    providers = ["CPUExecutionProvider"]
    if device == "gpu" and "CUDAExecutionProvider" in available:
        providers.insert(0, "CUDAExecutionProvider")
    return onnxruntime.InferenceSession(str(model), options, providers=providers)


def version(folder: Path) -> str:
    """The encoder version written by export into `folder`. Raises FileNotFoundError."""
    return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["version"])


class TextModel:
    """Piece ids to float32[n, 512]; a text of no pieces gives zeros."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        self._session = session(folder / "text.onnx", device)

    def run(self, texts: Sequence[Integers]) -> Floats:
        """`texts`: int32[l] each; entries below 0 are padding."""
        texts = [text[text >= 0] for text in texts]
        out = np.zeros((len(texts), TEXT_WIDTH), np.float32)
        group: list[int] = []
        pieces = 0
        for row, text in enumerate(texts):
            if group and pieces + len(text) > MAX_TEXT_PIECES:
                out[group] = self._run([texts[i] for i in group])
                group, pieces = [], 0
            if len(text):
                group.append(row)
                pieces += len(text)
        if group:
            out[group] = self._run([texts[i] for i in group])
        return out

    def _run(self, texts: list[Integers]) -> Floats:
        lengths = np.array([len(text) for text in texts])
        starts = np.cumsum(lengths) - lengths
        total = int(lengths.sum())
        owner = np.repeat(np.arange(len(texts)), lengths)
        near = np.arange(total)[:, None] + np.arange(-REACH_LEFT, REACH_RIGHT + 1)
        inside = (near >= starts[owner][:, None]) & (near < (starts + lengths)[owner][:, None])
        owners = np.zeros((len(texts), total), np.float32)
        owners[owner, np.arange(total)] = 1.0
        feed = {
            "ids": np.concatenate(texts).astype(np.int64),
            "windows": np.where(inside, near, total).astype(np.int64),
            "owners": owners,
        }
        vectors: Floats = self._session.run(["vector"], feed)[0]
        return vectors


class SlotModel:
    """A model of pictures or patches: rows in, one row of the named output each; only slots in use are computed."""

    def __init__(self, model: Path, source: str, output: str, width: int, device: str = "cpu") -> None:
        self._session = session(model, device)
        self._source, self._output, self._width = source, output, width

    def run(self, slots: NDArray[Any], modality: Integers) -> Floats:
        """[n, k, ...] and int32[n, k] to float32[n, k, width]; zeros where modality is 0."""
        return self.run_many([(slots, modality)])[0]

    def run_many(self, requests: Sequence[tuple[NDArray[Any], Integers]]) -> list[Floats]:
        """Several requests of any n and k, computed together."""
        outs = [np.zeros((*modality.shape, self._width), np.float32) for _, modality in requests]
        used = [slots[modality != 0] for slots, modality in requests if (modality != 0).any()]
        if not used:
            return outs
        rows = np.concatenate(used)
        results = np.concatenate(
            [
                self._session.run([self._output], {self._source: rows[start : start + MAX_ROWS]})[0]
                for start in range(0, len(rows), MAX_ROWS)
            ]
        )
        at = 0
        for out, (_, modality) in zip(outs, requests, strict=True):
            count = int((modality != 0).sum())
            out[modality != 0] = results[at : at + count]
            at += count
        return outs


def picture_model(folder: Path, device: str = "cpu") -> SlotModel:
    """uint8[n, k, 224, 224, 3] to class probabilities float32[n, k, 1000]."""
    return SlotModel(folder / "image.onnx", "pixels", "classes", CLASSES, device)


def sound_model(folder: Path, device: str = "cpu") -> SlotModel:
    """float32[n, p, 187, 96] to tag probabilities float32[n, p, 50]."""
    return SlotModel(folder / "audio.onnx", "patches", "tags", TAGS, device)


class Aligner:
    """Features of every modality to unit vectors, see encoders/aligner.py."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        self._session = session(folder / "aligner.onnx", device)

    def run(
        self, text: Floats, classes: Floats, picture_modality: Integers, tags: Floats, sound_modality: Integers
    ) -> tuple[Floats, Floats]:
        """(vector float32[n, 256], parts float32[n, 4, 256])."""
        feed = {
            "text": text,
            "classes": classes,
            "picture_modality": picture_modality,
            "tags": tags,
            "sound_modality": sound_modality,
        }
        vector, parts = self._session.run(["vector", "parts"], feed)
        return vector, parts
