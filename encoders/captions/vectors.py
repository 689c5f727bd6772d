"""Captions to the text encoder's space: from there a picture or a sound goes the way of written text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from encoders.captions.port import Caption
from encoders.spec import Floats

Embed = Callable[[Sequence[str]], Floats]  # n texts to float32[n, d]


def caption_vectors(captions: Sequence[Sequence[Caption]], embed: Embed) -> Floats:
    """float32[n, d]: the unit mean of each item's captions by their weights; zeros where nothing was said.

    Every text is embedded once, however many items it was said of.
    """
    texts = sorted({caption.text for said in captions for caption in said})
    if not texts:
        return np.zeros((len(captions), embed([]).shape[1]), np.float32)
    vectors = dict(zip(texts, embed(texts), strict=True))
    out = np.zeros((len(captions), len(next(iter(vectors.values())))), np.float32)
    for row, said in enumerate(captions):
        for caption in said:
            out[row] += np.float32(caption.weight) * vectors[caption.text]
    unit: Floats = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    return unit
