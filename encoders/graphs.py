"""torch modules to ONNX files, batch dimensions left open."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

from encoders.spec import MEL_BANDS, PATCH_FRAMES, PICTURE_SIDE

Inputs = dict[str, dict[int, Any]]  # which dimensions of an input are open, and what they are called

ROWS = Dim("rows", min=1, max=65_536)
PIECES = Dim("pieces", min=1, max=65_536)
PICTURES = Dim("pictures", min=1, max=4096)
SOUNDS = Dim("sounds", min=1, max=4096)


def text_graph(module: nn.Module, path: Path) -> None:
    """`text.UniversalSentenceEncoder`."""
    pieces, texts = 7, 3
    example = (
        torch.zeros(pieces, dtype=torch.int64),
        torch.zeros(pieces, 5, dtype=torch.int64),
        torch.ones(texts, pieces),
    )
    inputs: Inputs = {"ids": {0: PIECES}, "windows": {0: PIECES}, "owners": {0: ROWS, 1: PIECES}}
    _write(module, path, example, inputs, ["vector"])


def image_graph(module: nn.Module, path: Path) -> None:
    """`image.EfficientNetLite`."""
    example = (torch.zeros(2, PICTURE_SIDE, PICTURE_SIDE, 3, dtype=torch.uint8),)
    _write(module, path, example, {"pixels": {0: ROWS}}, ["embedding", "classes"])


def audio_graph(module: nn.Module, path: Path) -> None:
    """`audio.Musicnn`."""
    example = (torch.zeros(2, PATCH_FRAMES, MEL_BANDS),)
    _write(module, path, example, {"patches": {0: ROWS}}, ["embedding", "tags"])


def aligner_graph(module: nn.Module, path: Path) -> None:
    """`aligner.BridgeAligner`."""
    example = (
        torch.rand(2, 512),
        torch.rand(2, 3, 1000),
        torch.ones(2, 3, dtype=torch.int32),
        torch.rand(2, 4, 50),
        torch.ones(2, 4, dtype=torch.int32),
    )
    inputs: Inputs = {
        "text": {0: ROWS},
        "classes": {0: ROWS, 1: PICTURES},
        "picture_modality": {0: ROWS, 1: PICTURES},
        "tags": {0: ROWS, 1: SOUNDS},
        "sound_modality": {0: ROWS, 1: SOUNDS},
    }
    _write(module, path, example, inputs, ["vector", "parts"])


def _write(module: nn.Module, path: Path, example: tuple[Tensor, ...], inputs: Inputs, outputs: Sequence[str]) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it reports on the absence of torchvision
    torch.onnx.export(
        module.eval(),
        example,
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=list(inputs.values()),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
