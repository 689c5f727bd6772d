"""Dead letters: the event that could not be used, as it was, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.events import DeadLetter

if TYPE_CHECKING:
    from streams.engine.batches import Record

_ENVELOPE_BYTES = 4096  # names, numbers and the message, generously
_MESSAGE_CHARS = 1000


def dead_letter(
    record: Record,
    *,
    stage: str,
    code: str,
    message: str,
    failed_at: float,
    attempts: int = 1,
    max_bytes: int = 32 * 1024 * 1024,
) -> DeadLetter:
    """The letter for `record`. Its encoded size stays within `max_bytes`: key and value are cut only beyond that.

    Base64 makes three bytes four, so the original bytes fit in full up to three quarters of the limit.
    """
    room = max(0, (max_bytes - _ENVELOPE_BYTES) // 4 * 3 - len(record.key or b""))  # the raw key travels once more
    key = None if record.key is None else record.key[:room]
    left = room - len(key or b"")
    value = None if record.value is None else record.value[:left]
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        stage=stage,
        code=code,
        message=message[:_MESSAGE_CHARS],
        attempts=attempts,
        failed_at=failed_at,
        key=key,
        value=value,
        truncated=key != record.key or value != record.value,
    )


def encode_dead_letter(letter: DeadLetter) -> bytes:
    """The letter as JSON on the wire."""
    return msgspec.json.encode(letter)
