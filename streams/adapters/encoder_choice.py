"""The item encoder that the settings ask for."""

from __future__ import annotations

from streams.ports.item_encoder import ItemEncoder
from streams.settings import Settings


def make_item_encoder(settings: Settings) -> ItemEncoder:
    """Not connected yet. Only what the chosen adapter needs is imported: `local` loads models, the others do not."""
    match settings.encoder:
        case "triton":
            from streams.adapters.triton_encoder import TritonItemEncoder

            return TritonItemEncoder(settings)
        case "local":
            from streams.adapters.local_encoder import LocalItemEncoder

            return LocalItemEncoder(settings)
        case "dummy":
            from streams.adapters.dummy_encoder import DummyItemEncoder

            return DummyItemEncoder()
