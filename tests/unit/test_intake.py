"""Bad input of every kind becomes a rejection with a bounded code; nothing makes the intake raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.intake import Intake, RejectCode, Rejection
from streams.events import BehaviourEvent

GOOD = b'{"event_id":"e","user_id":"u","item_id":"i","action":"click","occurred_at":1}'
INTAKE = Intake(BehaviourEvent, "user_id", 1000)


def test_a_good_event_is_read() -> None:
    event = INTAKE.read(b"u", GOOD)
    assert isinstance(event, BehaviourEvent)
    assert event.item_id == "i"


def test_fields_of_a_later_version_are_ignored() -> None:
    assert isinstance(INTAKE.read(b"u", GOOD[:-1] + b',"added_in_2027":[1]}'), BehaviourEvent)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (b"u", None, RejectCode.TOMBSTONE),
        (b"u", b"x" * 1001, RejectCode.TOO_LARGE),
        (b"u", b"", RejectCode.NOT_JSON),
        (b"u", b"hello", RejectCode.NOT_JSON),
        (b"u", GOOD[:-4], RejectCode.NOT_JSON),
        (b"u", GOOD.replace(b":1}", b":NaN}"), RejectCode.NOT_JSON),
        (b"u", GOOD.replace(b"click", b"cl\x00ck"), RejectCode.NOT_JSON),
        (b"u", GOOD.replace(b'"u"', b'"\xff"'), RejectCode.NOT_UTF8),
        (b"u", GOOD.replace(b'"u"', b'"\\ud800"'), RejectCode.BAD_SURROGATE),
        (b"u", b"[]", RejectCode.WRONG_TYPE),
        (b"u", GOOD.replace(b":1}", b':"1"}'), RejectCode.WRONG_TYPE),
        (b"u", GOOD.replace(b'"event_id":"e",', b""), RejectCode.MISSING_FIELD),
        (b"u", GOOD.replace(b"click", b"clack"), RejectCode.UNKNOWN_ACTION),
        (b"u", GOOD.replace(b":1}", b":1e999}"), RejectCode.OUT_OF_RANGE),
        (b"u", GOOD.replace(b'"i"', b'""'), RejectCode.OUT_OF_RANGE),
        (b"u", GOOD.replace(b'"i"', b'"i\\u0000"'), RejectCode.NULL_BYTE),
        (None, GOOD, RejectCode.EMPTY_KEY),
        (b"", GOOD, RejectCode.EMPTY_KEY),
        (b"somebody else", GOOD, RejectCode.KEY_MISMATCH),
    ],
)
def test_bad_input_gets_its_reason_code(key: bytes | None, value: bytes | None, code: RejectCode) -> None:
    rejection = INTAKE.read(key, value)
    assert isinstance(rejection, Rejection)
    assert rejection.code == code
    assert rejection.message
    assert "\n" not in rejection.message


@given(st.one_of(st.none(), st.binary(max_size=64)), st.one_of(st.none(), st.binary(max_size=2000)))
def test_no_bytes_make_it_raise(key: bytes | None, value: bytes | None) -> None:
    assert isinstance(INTAKE.read(key, value), Rejection)
