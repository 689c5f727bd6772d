"""What Upwell needs to turn a media reference of an event into bytes."""

from enum import StrEnum
from typing import Protocol


class MediaCode(StrEnum):
    """Why a reference gave no bytes. Bounded, so that it may label a metric."""

    BAD_REFERENCE = "bad_reference"  # no http(s) URL, no data URI, no path; or a malformed one
    NOT_ALLOWED = "not_allowed"  # a file outside the allowed roots, or a private address
    NOT_FOUND = "not_found"  # no such file; 404 or 410
    REFUSED = "refused"  # another 4xx, or an answer that is not a success
    UNAVAILABLE = "unavailable"  # no connection, 429 or 5xx: may work later
    TIMEOUT = "timeout"  # may work later
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"


class MediaError(Exception):
    """A reference that gives no usable bytes. `code` is one of `MediaCode`.

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
