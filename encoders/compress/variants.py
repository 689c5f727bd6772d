"""Every smaller variant of the exported models, by the method that makes it. A new method is one line in `METHODS`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from encoders import runtime
from encoders.compress.distil import distil
from encoders.compress.media import Media
from encoders.compress.prune import prune
from encoders.compress.quantise import Feed, quantise_dynamic, quantise_static
from encoders.learning.features import Progress, silent
from encoders.sources import Sources
from encoders.spec import Floats

ALIGNER = "aligner"
CALIBRATION, PER_FEED = 128, 8  # pictures or patches that scales are found with, so many at a time
SHARES = (0.1, 0.3, 0.5)  # of the weights, pruned away
PICTURE_BATCH, PICTURE_RATE = 32, 1e-3
TEXT_BATCH, TEXT_RATE = 128, 2e-3


@dataclass(frozen=True, slots=True)
class Variant:
    """A graph in the place of a tower (`text`, `picture`, `sound`) or of the `aligner`; how it was made."""

    part: str
    how: str
    graph: Path


@dataclass(frozen=True, slots=True, eq=False)
class Making:
    """What variants are made from. `graphs`: the exported ones, by part; `steps`: of the picture student's training,
    the text student takes `text_steps`.
    """

    graphs: dict[str, Path]
    sources: Sources
    media: Media
    out: Path
    steps: int
    text_steps: int
    seed: int
    progress: Progress = silent

    def path(self, part: str, how: str) -> Path:
        return self.out / f"{part}.{how}.onnx"


def distilled(making: Making) -> Iterator[Variant]:
    """Small text and picture towers taught by the large ones; the picture's in 8 bits as well."""
    from encoders import graphs
    from encoders.compress.small_picture import SmallPicture
    from encoders.compress.small_text import SmallText
    from encoders.image import load_efficientnet
    from encoders.text import load_use

    texts, path = making.media.texts, making.path("text", "distilled")
    torch.manual_seed(making.seed)
    small_text = distil(
        SmallText(load_use(making.sources.use)),
        lambda rows: _text_inputs([texts[row] for row in rows]),
        runtime.TextModel(making.graphs["text"].parent, runner=runtime.session(making.graphs["text"])).run(texts),
        steps=making.text_steps, batch=TEXT_BATCH, rate=TEXT_RATE, seed=making.seed,
        progress=lambda done, total, _: making.progress("distilling the text tower", done, total),
    )  # fmt: skip
    _quietly(lambda: graphs.text_graph(small_text, path))
    yield Variant("text", "distilled", path)

    pictures, path = making.media.pictures, making.path("picture", "distilled")
    small_picture = distil(
        SmallPicture(load_efficientnet(making.sources.efficientnet)),
        lambda rows: [torch.from_numpy(pictures[rows])],
        _embeddings(making, pictures),
        steps=making.steps, batch=PICTURE_BATCH, rate=PICTURE_RATE, seed=making.seed,
        progress=lambda done, total, _: making.progress("distilling the picture tower", done, total),
    )  # fmt: skip
    _quietly(lambda: graphs.image_graph(small_picture, path))
    yield Variant("picture", "distilled", path)
    both = making.path("picture", "distilled-int8")
    quantise_static(path, both, _feeds("pixels", pictures))
    yield Variant("picture", "distilled-int8", both)


def quantised(making: Making) -> Iterator[Variant]:
    """Dynamic where matrix products do the work, static where convolutions do."""
    for part in ("text", "sound", ALIGNER):
        path = making.path(part, "int8-dynamic")
        quantise_dynamic(making.graphs[part], path)
        yield Variant(part, "int8-dynamic", path)
    for part, name, rows in (("picture", "pixels", making.media.pictures), ("sound", "patches", making.media.sounds)):
        if len(rows):
            path = making.path(part, "int8-static")
            quantise_static(making.graphs[part], path, _feeds(name, rows))
            yield Variant(part, "int8-static", path)


def pruned(making: Making) -> Iterator[Variant]:
    """The smallest weights of each layer zeroed, without training afterwards."""
    for part in ("text", "picture", "sound"):
        for share in SHARES:
            how = f"pruned-{share:.0%}".removesuffix("%")
            path = making.path(part, how)
            prune(making.graphs[part], path, share)
            yield Variant(part, how, path)


METHODS: dict[str, Callable[[Making], Iterator[Variant]]] = {
    "quantise": quantised,
    "prune": pruned,
    "distil": distilled,
}


def _text_inputs(texts: list[NDArray[np.int32]]) -> list[Tensor]:
    return [torch.from_numpy(values) for values in runtime.text_feed(texts).values()]


def _embeddings(making: Making, pictures: NDArray[np.uint8]) -> Floats:
    model = runtime.picture_model(making.graphs["picture"].parent, runner=runtime.session(making.graphs["picture"]))
    parts = []
    for start in range(0, len(pictures), PICTURE_BATCH):
        rows = pictures[None, start : start + PICTURE_BATCH]
        parts.append(model.run(rows, np.ones(rows.shape[:2], np.int32))[1][0])
        making.progress("what the picture tower says", start + rows.shape[1], len(pictures))
    return np.concatenate(parts)


def _feeds(name: str, rows: NDArray[np.uint8] | Floats) -> list[Feed]:
    spread = rows[np.linspace(0, len(rows) - 1, min(CALIBRATION, len(rows))).astype(int)]
    return [{name: spread[start : start + PER_FEED]} for start in range(0, len(spread), PER_FEED)]


def _quietly(write: Callable[[], None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        write()
