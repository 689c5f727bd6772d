"""The item encoder in this process: the same models and the same code as behind Triton, in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property

from encoders.layout import MODEL_REPOSITORY, NotExported
from encoders.pipeline import Pipeline
from encoders.served import served_versions
from encoders.spec import DIMENSION, Limits
from streams.ports.encoder_versions import EncoderVersions, EncoderVersionUnknown
from streams.ports.item_encoder import EncoderUnavailable, Encoding, ItemEncoder, MediaItem
from streams.settings import Settings


class LocalItemEncoder(ItemEncoder):
    """Loads the exported models on first use. Raises EncoderUnavailable while they are not exported."""

    dimension = DIMENSION

    def __init__(self, settings: Settings, version: str | None = None) -> None:
        """`version`: by default the one that is the default in the model repository."""
        self._limits = Limits(settings.media_max_pixels, settings.media_max_seconds)
        self._asked = version

    @cached_property
    def _pipeline(self) -> Pipeline:
        try:
            return Pipeline(limits=self._limits, version=self._asked)
        except NotExported as error:
            raise EncoderUnavailable(str(error)) from error

    @property
    def version(self) -> str:
        """Raises EncoderUnavailable while it is not exported."""
        return self._pipeline.version

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        encoded = await asyncio.to_thread(lambda: self._pipeline.encode(items))
        return [Encoding(item.vector, item.modalities, item.problems) for item in encoded]

    async def ready(self) -> bool:
        try:
            await asyncio.to_thread(lambda: self._pipeline)
        except EncoderUnavailable:
            return False
        return True

    async def close(self) -> None:
        """Nothing is held but memory."""


class LocalVersions(EncoderVersions):
    """Whatever is exported can be loaded at any time: nothing has to be told to serve it."""

    async def served(self) -> list[str]:
        return list(served_versions())

    async def serve(self, version: str) -> None:
        if version not in served_versions():
            raise EncoderVersionUnknown(str(NotExported(MODEL_REPOSITORY, version)))

    async def retire(self, version: str) -> None:
        """Nothing is held."""

    async def close(self) -> None:
        """Nothing is held."""
