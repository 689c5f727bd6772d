"""From the bytes of a record to a valid event, or to a rejection with a bounded reason code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from streams.events import (
    BehaviourEvent,
    ContentEvent,
    EncoderCommand,
    Erasure,
    ItemNews,
    Push,
    RecommendationRequest,
)


class RejectCode(StrEnum):
    """Why an event could not be used. docs/events.md lists each with its remedy."""

    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    BAD_SURROGATE = "bad_surrogate"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    UNKNOWN_ACTION = "unknown_action"
    OUT_OF_RANGE = "out_of_range"
    NULL_BYTE = "null_byte"
    EMPTY_KEY = "empty_key"
    KEY_MISMATCH = "key_mismatch"
    NO_USABLE_MODALITY = "no_usable_modality"
    ENCODER_REFUSED = "encoder_refused"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that cannot be used: a code for machines and one line for people."""

    code: RejectCode
    message: str


Event = TypeVar("Event", ContentEvent, BehaviourEvent, RecommendationRequest, Erasure, EncoderCommand, ItemNews, Push)


class Intake(Generic[Event]):
    """Decodes the records of one topic. `key_field` names the field that the record's key must equal."""

    def __init__(self, kind: type[Event], key_field: str, max_bytes: int) -> None:
        self._decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(kind)
        self._key_field = key_field
        self._max_bytes = max_bytes

    def read(self, key: bytes | None, value: bytes | None) -> Event | Rejection:
        """The event, or why it cannot be used. Never raises, whatever the bytes."""
        if value is None:
            return Rejection(RejectCode.TOMBSTONE, "the value is null; this topic takes events, not deletions")
        if len(value) > self._max_bytes:
            return Rejection(
                RejectCode.TOO_LARGE, f"{len(value)} bytes; at most {self._max_bytes} are read (max_event_bytes)"
            )
        try:
            event = self._decoder.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _explain(error)
        return self._check(key, event)

    def _check(self, key: bytes | None, event: Event) -> Event | Rejection:
        if not key:
            return Rejection(RejectCode.EMPTY_KEY, f"the record has no key; it must be the {self._key_field}")
        identifier: str = getattr(event, self._key_field)
        if identifier.encode() != key:
            return Rejection(RejectCode.KEY_MISMATCH, f"the record's key differs from its {self._key_field}")
        if (
            b"\x00" in key
            or "\x00" in str(getattr(event, "item_id", ""))
            or "\x00" in str(getattr(event, "event_id", ""))
        ):
            return Rejection(
                RejectCode.NULL_BYTE, "an identifier holds a null byte; Milvus and Kafka tools cannot carry it"
            )
        return event


# The first mark found in msgspec's message decides; the order matters.
_MARKS: tuple[tuple[str, RejectCode], ...] = (
    ("surrogate", RejectCode.BAD_SURROGATE),
    ("missing required field", RejectCode.MISSING_FIELD),
    ("Invalid enum value", RejectCode.UNKNOWN_ACTION),
    ("out of range", RejectCode.OUT_OF_RANGE),
    ("of length", RejectCode.OUT_OF_RANGE),
    ("<=", RejectCode.OUT_OF_RANGE),
    (">=", RejectCode.OUT_OF_RANGE),
)


def _explain(error: Exception) -> Rejection:
    """One bounded code for msgspec's many messages."""
    if isinstance(error, UnicodeDecodeError):
        return Rejection(RejectCode.NOT_UTF8, f"not UTF-8: {error.reason} at byte {error.start}")
    text = str(error) or "nested too deeply"
    fallback = RejectCode.WRONG_TYPE if isinstance(error, msgspec.ValidationError) else RejectCode.NOT_JSON
    return Rejection(next((code for mark, code in _MARKS if mark in text), fallback), text)
