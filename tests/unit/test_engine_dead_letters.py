"""A dead letter keeps the original bytes, and its size within the topic's limit."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.batches import Record
from streams.engine.dead_letters import dead_letter, encode_dead_letter
from streams.events import DeadLetter


def record(key: bytes | None, value: bytes | None) -> Record:
    return Record(key, value, "behaviour", 3, 41, 1_700_000_000.0)


def test_the_original_bytes_come_back_whole() -> None:
    original = record(b"\x00\xff", b"\xed\xa0\x80 not UTF-8")
    wire = encode_dead_letter(dead_letter(original, stage="profile", code="not_json", message="no", failed_at=1.0))
    letter = msgspec.json.decode(wire, type=DeadLetter)
    assert (letter.key, letter.value, letter.truncated) == (original.key, original.value, False)
    assert (letter.topic, letter.partition, letter.offset) == ("behaviour", 3, 41)


def test_the_largest_event_fits_in_full() -> None:
    letter = dead_letter(record(b"k", bytes(16 * 1024 * 1024)), stage="s", code="c", message="m", failed_at=1.0)
    assert not letter.truncated
    assert len(encode_dead_letter(letter)) < 32 * 1024 * 1024


def test_a_tombstone_without_a_key_is_a_letter_too() -> None:
    letter = dead_letter(record(None, None), stage="s", code="empty_key", message="m", failed_at=1.0)
    assert (letter.key, letter.value, letter.truncated) == (None, None, False)


@given(st.binary(max_size=9000), st.binary(max_size=9000), st.text(max_size=5000))
def test_the_size_stays_within_the_limit_and_says_when_it_cut(key: bytes, value: bytes, message: str) -> None:
    limit = 12_000
    letter = dead_letter(record(key, value), stage="s", code="c", message=message, failed_at=1.0, max_bytes=limit)
    assert len(encode_dead_letter(letter)) + len(key) <= limit or len(key) > limit // 2
    assert letter.truncated == ((letter.key, letter.value) != (key, value))
