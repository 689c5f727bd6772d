"""Any item encoder, with every call timed, every failure counted, and the media that went in weighed."""

from __future__ import annotations

from collections.abc import Sequence

from streams.observe import metrics
from streams.observe.labels import Modality, Operation
from streams.observe.timed import timed
from streams.ports.item_encoder import EncoderUnavailable, Encoding, ItemEncoder, MediaItem


class MeasuredEncoder:
    """Implements ItemEncoder by passing everything on to `encoder`."""

    def __init__(self, encoder: ItemEncoder) -> None:
        self._encoder = encoder

    @property
    def version(self) -> str:
        return self._encoder.version

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        with timed(metrics.ENCODER_LATENCY, metrics.ENCODER_ERRORS, Operation.ENCODE, EncoderUnavailable):
            encodings = await self._encoder.encode(items)
        for modality in Modality:
            size = sum(_bytes(item, modality) for item in items)
            metrics.MEDIA_BYTES.labels(modality=modality).inc(size)
        return encodings

    async def ready(self) -> bool:
        return await self._encoder.ready()

    async def close(self) -> None:
        await self._encoder.close()


def _bytes(item: MediaItem, modality: Modality) -> int:
    medium: str | bytes | None = getattr(item, modality.value)
    return 0 if medium is None else len(medium.encode("utf-8", "replace") if isinstance(medium, str) else medium)
