"""torch modules to ONNX files, batch dimensions left open."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

ROWS = Dim("rows", min=1, max=65_536)
PIECES = Dim("pieces", min=1, max=65_536)
PICTURES = Dim("pictures", min=1, max=4096)
SOUNDS = Dim("sounds", min=1, max=4096)


def text_graph(module: nn.Module, path: Path) -> None:
    pieces, texts = 7, 3
    example = (
        torch.zeros(pieces, dtype=torch.int64),
        torch.zeros(pieces, 5, dtype=torch.int64),
        torch.ones(texts, pieces),
    )
    _write(
        module,
        example,
        ["ids", "windows", "owners"],
        ["vector"],
        [{0: PIECES}, {0: PIECES}, {0: ROWS, 1: PIECES}],
        path,
    )


def image_graph(module: nn.Module, path: Path) -> None:
    example = (torch.zeros(2, 224, 224, 3, dtype=torch.uint8),)
    _write(module, example, ["pixels"], ["embedding", "classes"], [{0: ROWS}], path)


def audio_graph(module: nn.Module, path: Path) -> None:
    _write(module, (torch.zeros(2, 187, 96),), ["patches"], ["embedding", "tags"], [{0: ROWS}], path)


def aligner_graph(module: nn.Module, path: Path) -> None:
    example = (
        torch.rand(2, 512),
        torch.rand(2, 3, 1000),
        torch.ones(2, 3, dtype=torch.int32),
        torch.rand(2, 4, 50),
        torch.ones(2, 4, dtype=torch.int32),
    )
    names = ["text", "classes", "picture_modality", "tags", "sound_modality"]
    pictures, sounds = {0: ROWS, 1: PICTURES}, {0: ROWS, 1: SOUNDS}
    _write(module, example, names, ["vector", "parts"], [{0: ROWS}, pictures, pictures, sounds, sounds], path)


def _write(
    module: nn.Module,
    example: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    shapes: Sequence[dict[int, Any]],
    path: Path,
) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it reports on the absence of torchvision
    torch.onnx.export(
        module,
        example,
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=list(shapes),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
