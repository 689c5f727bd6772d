"""torch modules to ONNX files, batch dimensions left open; and to torch programs beside them, for GPUs."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from encoders.placing import PROGRAM
from encoders.spec import (
    CLASSES,
    MEL_BANDS,
    PATCH_FRAMES,
    PICTURE_SIDE,
    PICTURE_WIDTH,
    SOUND_WIDTH,
    TAGS,
    TEXT_WIDTH,
    Modality,
)
from encoders.torch_session import SIGNATURE

Inputs = dict[str, dict[int, Any]]  # which dimensions of an input are open, and what they are called

ROWS = Dim("rows", min=1, max=65_536)
PIECES = Dim("pieces", min=1, max=65_536)
PICTURES = Dim("pictures", min=1, max=4096)
SOUNDS = Dim("sounds", min=1, max=4096)

# An example of every feature an aligner may take, and its open dimensions.
ALIGNER: dict[str, tuple[Tensor, dict[int, Any]]] = {
    "text": (torch.rand(2, TEXT_WIDTH), {0: ROWS}),
    "classes": (torch.rand(2, 3, CLASSES), {0: ROWS, 1: PICTURES}),
    "picture": (torch.rand(2, 3, PICTURE_WIDTH), {0: ROWS, 1: PICTURES}),
    "picture_modality": (torch.ones(2, 3, dtype=torch.int32), {0: ROWS, 1: PICTURES}),
    "tags": (torch.rand(2, 4, TAGS), {0: ROWS, 1: SOUNDS}),
    "sound": (torch.rand(2, 4, SOUND_WIDTH), {0: ROWS, 1: SOUNDS}),
    "sound_modality": (torch.ones(2, 4, dtype=torch.int32), {0: ROWS, 1: SOUNDS}),
    "quality": (torch.rand(2, len(Modality)), {0: ROWS}),
}


def text_graph(module: nn.Module, path: Path, *, program: bool = False) -> None:
    """`text.UniversalSentenceEncoder`."""
    pieces, texts = 7, 3
    example = (
        torch.zeros(pieces, dtype=torch.int64),
        torch.zeros(pieces, 5, dtype=torch.int64),
        torch.ones(texts, pieces),
    )
    inputs: Inputs = {"ids": {0: PIECES}, "windows": {0: PIECES}, "owners": {0: ROWS, 1: PIECES}}
    _write(module, path, example, inputs, ["vector"], program=program)


def image_graph(module: nn.Module, path: Path, *, program: bool = False) -> None:
    """`image.EfficientNetLite`."""
    example = (torch.zeros(2, PICTURE_SIDE, PICTURE_SIDE, 3, dtype=torch.uint8),)
    _write(module, path, example, {"pixels": {0: ROWS}}, ["embedding", "classes"], program=program)


def audio_graph(module: nn.Module, path: Path, *, program: bool = False) -> None:
    """`audio.Musicnn`."""
    example = (torch.zeros(2, PATCH_FRAMES, MEL_BANDS),)
    _write(module, path, example, {"patches": {0: ROWS}}, ["embedding", "tags"], program=program)


def aligner_graph(module: nn.Module, path: Path, *, program: bool = False) -> None:
    """`aligner.BridgeAligner`, or any other aligner: its `forward` takes some of `ALIGNER` by these names."""
    wanted = [name for name in inspect.signature(module.forward).parameters if name in ALIGNER]
    example = tuple(ALIGNER[name][0] for name in wanted)
    _write(module, path, example, {name: ALIGNER[name][1] for name in wanted}, ["vector", "parts"], program=program)


def _write(
    module: nn.Module,
    path: Path,
    example: tuple[Tensor, ...],
    inputs: Inputs,
    outputs: Sequence[str],
    *,
    program: bool,
) -> None:
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
    _without_origin(path)
    if program:
        exported = torch.export.export(module, example, dynamic_shapes=tuple(inputs.values()))
        signature = json.dumps({"inputs": list(inputs), "outputs": list(outputs)})
        torch.export.save(exported, path.with_suffix(PROGRAM), extra_files={SIGNATURE: signature})


def _without_origin(path: Path) -> None:
    """Drop what the exporter notes of each node: lines and folders of the code it came from. The same weights then give
    the same bytes on every machine, and versions that hash a file mean what they say.
    """
    model = onnx.load(str(path))
    noted = [model, model.graph, *model.functions]
    for graph in (model.graph, *model.functions):
        noted += [*graph.node, *graph.value_info]
    for each in (*noted, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del each.metadata_props[:]
        each.doc_string = ""
    path.write_bytes(model.SerializeToString(deterministic=True))
