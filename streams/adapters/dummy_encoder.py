"""The deterministic encoder without models: for tests and trials of everything but the encoder."""

from __future__ import annotations

from collections.abc import Sequence

from encoders.dummy import VERSION, encode_dummy
from encoders.spec import DIMENSION
from streams.ports.item_encoder import Encoding, ItemEncoder, MediaItem


class DummyItemEncoder(ItemEncoder):
    """Always ready; costs microseconds."""

    version = VERSION
    dimension = DIMENSION

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        return [Encoding(item.vector, item.modalities, item.problems) for item in encode_dummy(items)]

    async def ready(self) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is held."""
