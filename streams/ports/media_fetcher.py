"""What Upwell needs to turn a media reference of an event into bytes."""

from typing import Protocol


class MediaError(Exception):
    """A reference that gives no usable bytes. `code` is one of the bounded reason codes in docs/events.md.

    `transient` is true when trying again later may help (a timeout, a 503).
    """

    def __init__(self, code: str, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.transient = transient


class MediaFetcher(Protocol):
    """http(s) URL, `data:` URI, or file under an allowed root; limits on size and time are the adapter's settings."""

    async def fetch(self, reference: str) -> bytes:
        """The bytes; raises MediaError."""

    async def close(self) -> None: ...
