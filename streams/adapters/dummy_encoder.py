"""The deterministic encoder without models: for tests and trials of everything but the encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from encoders.dummy import VERSION, encode_dummy
from encoders.spec import DIMENSION
from streams.ports.encoder_versions import EncoderVersions, EncoderVersionUnknown
from streams.ports.item_encoder import Encoding, ItemEncoder, MediaItem

PREFIX = "dummy-"


class DummyItemEncoder(ItemEncoder):
    """Always ready; costs microseconds.

    Every version that is called `dummy-…` can be had. Each has a space of its own, the first one's with its axes mixed:
    within a version neighbours are the same, between two versions nothing is near anything.
    """

    dimension = DIMENSION

    def __init__(self, version: str | None = None) -> None:
        self._version = version or VERSION
        self._axes = np.arange(DIMENSION)
        self._signs = np.ones(DIMENSION, np.float32)
        if self._version != VERSION:
            seed = int.from_bytes(hashlib.blake2b(self._version.encode(), digest_size=8).digest())
            random = np.random.default_rng(seed)
            self._axes = random.permutation(DIMENSION)
            self._signs = random.choice(np.array([-1, 1], np.float32), DIMENSION)

    @property
    def version(self) -> str:
        return self._version

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        return [
            Encoding(
                None if item.vector is None else item.vector[self._axes] * self._signs, item.modalities, item.problems
            )
            for item in encode_dummy(items)
        ]

    async def ready(self) -> bool:
        return self._version.startswith(PREFIX)

    async def close(self) -> None:
        """Nothing is held."""


class DummyVersions(EncoderVersions):
    """There is nothing to load."""

    async def served(self) -> list[str]:
        return [VERSION]

    async def serve(self, version: str) -> None:
        if not version.startswith(PREFIX):
            raise EncoderVersionUnknown(f"the dummy encoder's versions are called {PREFIX}…, and {version} is not")

    async def retire(self, version: str) -> None:
        """Nothing is held."""

    async def close(self) -> None:
        """Nothing is held."""
