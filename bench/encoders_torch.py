"""The same models in plain torch: the yardstick, and the one to count operations with.

CPU: float32, one thread per call. GPU: bfloat16 by autocast, the image encoder compiled with CUDA graphs
(`torch.compile`, "reduce-overhead"), which want fixed shapes: the bench's batches have them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from encoders import audio, image, runtime, text
from encoders.aligner import BridgeAligner
from encoders.batch import Batch
from encoders.bridge import build_bridge
from encoders.layout import MODEL_REPOSITORY, WEIGHTS, model_folder
from encoders.sources import Sources
from encoders.spec import Floats
from encoders.tokens import tokenize


def device() -> str:
    """`cuda` or `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def device_name() -> str:
    """What the models run on, for people."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


class TorchEncoder:
    """The bridge's encoder version in torch: batches in, vectors float32[n, 256] out."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        sources = Sources.find(WEIGHTS)
        seen = image.load_efficientnet(sources.efficientnet)
        if device() == "cuda":
            seen.compile(mode="reduce-overhead")
        self._text = runtime.TextModel(
            model_folder(MODEL_REPOSITORY, "text_encoder"),
            runner=_Module(text.load_use(sources.use), ("ids", "windows", "owners")),
        )
        self._pictures = runtime.picture_model(
            model_folder(MODEL_REPOSITORY, "image_encoder"),
            runner=_Module(seen, ("pixels",), pick=lambda out: [out[1], out[0]]),
        )
        bridge = build_bridge(self._embed, image.imagenet_labels(sources.labels), audio.TAGS)
        names = ("text", "classes", "picture_modality", "tags", "sound_modality")
        self._aligner = runtime.Aligner(
            model_folder(MODEL_REPOSITORY, "aligner"), runner=_Module(BridgeAligner(bridge), names)
        )

    def run(self, batch: Batch) -> Floats:
        """Text and pictures only: the batches of this bench have no sound."""
        classes, embedding = self._pictures.run(batch.pictures, batch.picture_modality)
        features: dict[str, NDArray[Any]] = {
            "text": self._text.run(list(batch.tokens)),
            "classes": classes,
            "picture": embedding,
            "picture_modality": batch.picture_modality,
            "tags": np.zeros((len(batch.rows), 1, 50), np.float32),
            "sound_modality": batch.sound_modality,
        }
        return self._aligner.run(features)[0]

    def flops(self, batch: Batch) -> float:
        """Floating point operations of one item (a multiply and an add are two), counted by torch."""
        counter = FlopCounterMode(display=False)
        with counter:
            self.run(batch)
        return counter.get_total_flops() / len(batch.rows)

    def _embed(self, texts: Sequence[str]) -> Floats:
        return self._text.run([tokenize(each) for each in texts])


class _Module:
    """A torch module that takes an ONNX session's place."""

    def __init__(
        self, module: nn.Module, names: Sequence[str], pick: Callable[[Any], list[Tensor]] | None = None
    ) -> None:
        self._module = module.eval().to(device())
        self._names = names
        self._pick = pick or _in_order

    def get_inputs(self) -> list[Any]:
        return [_Named(name) for name in self._names]

    def run(self, _: Sequence[str], feed: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        given = [torch.from_numpy(np.ascontiguousarray(feed[name])).to(device()) for name in self._names]
        with torch.inference_mode(), _precision():
            return [out.float().cpu().numpy() for out in self._pick(self._module(*given))]


class _Named:
    def __init__(self, name: str) -> None:
        self.name = name


def _in_order(out: Any) -> list[Tensor]:
    return [out] if isinstance(out, Tensor) else list(out)


def _precision() -> AbstractContextManager[None]:
    return torch.autocast("cuda", torch.bfloat16) if device() == "cuda" else nullcontext()
