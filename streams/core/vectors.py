"""How vectors travel: float16 on the wire, float32 of unit length in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.events import EncodedItem, ItemNews, ItemVector


def vector_of(item: EncodedItem | ItemVector | ItemNews) -> NDArray[np.float32]:
    """The record's vector as float32[d], of unit length again after its rounding to float16."""
    vector = np.frombuffer(item.vector, dtype="<f2").astype(np.float32)
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)


def stacked(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """float32[n, d] of n > 0 vectors float32[d]: np.stack, at a third of the cost for a few of them."""
    return np.concatenate(vectors).reshape(len(vectors), -1)


def wire_bytes(vector: NDArray[np.float32]) -> bytes:
    """The wire form: little-endian float16."""
    return vector.astype("<f2").tobytes()
