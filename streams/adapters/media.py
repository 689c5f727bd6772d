"""Media by reference: http(s) URL, `data:` URI, or a file under an allowed root."""

from __future__ import annotations

import asyncio

from streams.adapters.media_data import read_data_uri
from streams.adapters.media_files import read_file
from streams.adapters.media_http import HttpReader
from streams.ports.media_fetcher import MediaCode, MediaError, MediaFetcher
from streams.settings import Settings


class HttpMediaFetcher(MediaFetcher):
    """Bounds come from the settings: bytes, seconds, roots, and whether private addresses may be asked.

    The client belongs to the event loop of its first call.
    """

    def __init__(self, settings: Settings) -> None:
        self._max_bytes = settings.media_max_bytes
        self._timeout_s = settings.media_timeout_s
        self._roots = settings.media_roots
        self._http = HttpReader(settings.media_max_bytes, allow_private=settings.media_allow_private)

    async def fetch(self, reference: str) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._fetch(reference.strip())
        except TimeoutError as error:
            raise MediaError(MediaCode.TIMEOUT, f"not there within {self._timeout_s} s", transient=True) from error

    async def _fetch(self, reference: str) -> bytes:
        scheme = reference[:8].lower()
        if scheme.startswith("data:"):
            return read_data_uri(reference, self._max_bytes)
        if scheme.startswith(("http://", "https://")):
            return await self._http.read(reference)
        return await asyncio.to_thread(read_file, reference, self._roots, self._max_bytes)

    async def close(self) -> None:
        await self._http.close()
