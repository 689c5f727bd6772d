"""What could not be used, as it came."""

from __future__ import annotations

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event that could not be used (topic dead-letters, key as it was). Original bytes are base64 on the wire."""

    topic: str
    partition: int
    offset: int
    stage: str
    code: str
    message: str
    attempts: int
    failed_at: float
    key: bytes | None = None
    value: bytes | None = None
    truncated: bool = False
