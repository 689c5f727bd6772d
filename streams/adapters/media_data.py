"""`data:` URIs (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from streams.ports.media_fetcher import MediaCode, MediaError

WHITE_SPACE = re.compile(r"\s+")


def read_data_uri(uri: str, max_bytes: int) -> bytes:
    """The bytes inside. The size is checked before anything is decoded. Raises MediaError."""
    head, comma, body = uri.partition(",")
    if not comma:
        raise MediaError(MediaCode.BAD_REFERENCE, "a data URI needs a comma before its data")
    encoded = head.lower().endswith(";base64")
    if (len(body) * 3 // 4 if encoded else len(body) // 3) > max_bytes:  # the least it can decode to
        raise MediaError(MediaCode.TOO_LARGE, f"the data URI holds more than {max_bytes} bytes")
    data = _base64(body) if encoded else unquote_to_bytes(body)
    if len(data) > max_bytes:
        raise MediaError(MediaCode.TOO_LARGE, f"the data URI holds more than {max_bytes} bytes")
    return data


def _base64(body: str) -> bytes:
    """Standard and URL-safe alphabet, percent-encoded or not, white space and missing padding forgiven."""
    try:
        plain = WHITE_SPACE.sub("", unquote_to_bytes(body).decode("ascii")).rstrip("=")
        standard = plain.translate(str.maketrans("-_", "+/"))
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MediaError(MediaCode.BAD_REFERENCE, f"the data URI's base64 is broken: {error}") from error
