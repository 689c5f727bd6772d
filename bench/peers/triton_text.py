"""Texts through Triton's item_encoder, with tritonclient as its documentation shows it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tritonclient.grpc as triton
from numpy.typing import NDArray

from encoders.batch import PADDING
from encoders.tokens import tokenize

_AT_ONCE = 32  # what the served models accept in one request


class TritonText:
    """One connection, kept. `version` is what the model says of itself."""

    def __init__(self, address: str) -> None:
        self._client = triton.InferenceServerClient(address)
        self.version = "unknown"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, 256] of unit length."""
        pieces = [tokenize(text) for text in texts]
        parts = [self._call(pieces[start : start + _AT_ONCE]) for start in range(0, len(pieces), _AT_ONCE)]
        return np.concatenate(parts)

    def _call(self, pieces: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        n = len(pieces)
        tokens = np.full((n, max(1, *(len(one) for one in pieces), 1)), PADDING, np.int32)
        for line, one in zip(tokens, pieces, strict=True):
            line[: len(one)] = one
        # No pictures and no sounds: one empty slot of modality 0 each, as the ensemble's configuration asks.
        none = np.zeros((n, 1), np.int32)
        inputs = [
            _input("TOKENS", tokens, "INT32"),
            _input("PICTURES", np.zeros((n, 1, 1, 1, 3), np.uint8), "UINT8"),
            _input("PICTURE_MODALITY", none, "INT32"),
            _input("SOUNDS", np.zeros((n, 1, 1, 96), np.float32), "FP32"),
            _input("SOUND_MODALITY", none, "INT32"),
            _input("QUALITY", np.zeros((n, 4), np.float32), "FP32"),
        ]
        answer = self._client.infer("item_encoder", inputs, client_timeout=10.0)
        self.version = answer.as_numpy("VERSION")[0, 0].decode()
        vectors: NDArray[np.float32] = answer.as_numpy("VECTOR")
        return vectors


def _input(name: str, values: NDArray[np.generic], kind: str) -> triton.InferInput:
    made = triton.InferInput(name, list(values.shape), kind)
    made.set_data_from_numpy(values)
    return made
