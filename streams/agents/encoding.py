"""From content events to encodings: fetch the media an item refers to, ask the encoder, find the one it cannot stand.

Shared by ENCODE and by the filling of a new encoder version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import stamina
import structlog

from streams.agents.waiting import Patience
from streams.core.content import text_of
from streams.events import ContentEvent
from streams.observe import metrics
from streams.ports.item_encoder import EncoderRefused, Encoding, ItemEncoder, MediaItem
from streams.ports.media_fetcher import MediaError, MediaFetcher

log = structlog.get_logger()

ENCODE_ATTEMPTS = 3
_FETCHES_AT_ONCE = 16
_FETCH_ATTEMPTS = 3


class Media:
    """Turns the references of events into bytes, many at once."""

    def __init__(self, fetcher: MediaFetcher) -> None:
        self._fetcher = fetcher
        self._fetches = asyncio.Semaphore(_FETCHES_AT_ONCE)

    async def gather(self, events: Sequence[ContentEvent]) -> list[tuple[MediaItem, tuple[str, ...]]]:
        """Of each event what could be had, and `modality:code` for each medium that could not."""
        return await asyncio.gather(*map(self._gather, events))

    async def _gather(self, event: ContentEvent) -> tuple[MediaItem, tuple[str, ...]]:
        names = ("image", "audio", "video")
        fetched = await asyncio.gather(*(self._fetch(name, getattr(event, name)) for name in names))
        media = dict(zip(names, (data for data, _ in fetched), strict=True))
        problems = tuple(problem for _, problem in fetched if problem is not None)
        return MediaItem(event.item_id, text_of(event), event.language, **media), problems

    async def _fetch(self, modality: str, reference: str | None) -> tuple[bytes | None, str | None]:
        """The bytes, or the problem as `modality:code`; a passing fault is tried a few times first."""
        if reference is None:
            return None, None
        try:
            async with self._fetches:
                async for attempt in stamina.retry_context(
                    on=lambda error: isinstance(error, MediaError) and error.transient,
                    attempts=_FETCH_ATTEMPTS,
                    wait_initial=0.1,
                    wait_max=2.0,
                ):
                    with attempt:
                        return await self._fetcher.fetch(reference), None
        except MediaError as error:
            log.info("medium_unusable", modality=modality, code=error.code, error=str(error))
            metrics.MEDIA_PROBLEMS.labels(modality=modality, code=error.code).inc()
            return None, f"{modality}:{error.code}"
        raise AssertionError("unreachable: the retry ends by returning or raising")


async def encodings_of(
    encoder: ItemEncoder, media: Sequence[MediaItem], patience: Patience
) -> list[Encoding | EncoderRefused]:
    """What the encoder makes of each, or its refusal; a refused batch is asked item by item for the one to blame.

    A refusal is believed only after several tries: a model server that is just restarting a model refuses too.
    """
    try:
        return [*await patience.until_done(lambda: _asked(encoder, media))]
    except EncoderRefused as error:
        if len(media) == 1:
            return [error]
    return [answer for one in media for answer in await encodings_of(encoder, [one], patience)]


async def _asked(encoder: ItemEncoder, media: Sequence[MediaItem]) -> list[Encoding]:
    async for attempt in stamina.retry_context(on=EncoderRefused, attempts=ENCODE_ATTEMPTS, wait_initial=0.2):
        with attempt:
            return await encoder.encode(media)
    raise AssertionError("unreachable: the retry ends by returning or raising")
