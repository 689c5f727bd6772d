"""The item encoder that the settings ask for, and the versions of it that can be had."""

from __future__ import annotations

from streams.ports.encoder_versions import EncoderVersions
from streams.ports.item_encoder import ItemEncoder
from streams.settings import Settings


def make_item_encoder(settings: Settings, version: str | None = None) -> ItemEncoder:
    """Not connected yet; `version` is the one to use, by default the one the encoder's side holds for the default.

    Only what the chosen adapter needs is imported: `local` loads models, the others do not.
    """
    match settings.encoder:
        case "triton":
            from streams.adapters.triton_encoder import TritonItemEncoder

            return TritonItemEncoder(settings, version)
        case "local":
            from streams.adapters.local_encoder import LocalItemEncoder

            return LocalItemEncoder(settings, version)
        case "dummy":
            from streams.adapters.dummy_encoder import DummyItemEncoder

            return DummyItemEncoder(version)


def make_encoder_versions(settings: Settings) -> EncoderVersions:
    """Not connected yet."""
    match settings.encoder:
        case "triton":
            from streams.adapters.triton_versions import TritonVersions

            return TritonVersions(settings)
        case "local":
            from streams.adapters.local_encoder import LocalVersions

            return LocalVersions()
        case "dummy":
            from streams.adapters.dummy_encoder import DummyVersions

            return DummyVersions()
