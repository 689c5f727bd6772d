"""Bad input of every kind: the agents go on, the bytes are kept with a reason, good events still get their lists."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest
from kit.stream import Stream, behaviour, running

from streams.events import ContentEvent
from streams.local.ports import Ports
from streams.topics import Topic

GOOD = {"event_id": "e", "user_id": "u", "item_id": "known", "action": "like", "occurred_at": 1.0}


@pytest.fixture(scope="module")
def stream(kafka: str, tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Stream]:
    with running(kafka, tmp_path_factory.mktemp("bad"), ports) as running_stream:
        running_stream.publish(ContentEvent("known", title="known"), ContentEvent("other", title="other"))
        running_stream.wait_for_catalogue(2)
        yield running_stream


def like(**changes: object) -> bytes:
    return json.dumps({**GOOD, "event_id": uuid4().hex, **changes}).encode()


BAD_BEHAVIOUR = [
    ("tombstone", b"u", None),
    ("not_json", b"u", b"hello"),
    ("not_json", b"u", b""),
    ("not_json", b"u", b"x" * 10_000_000),
    ("not_json", b"u", like(occurred_at=math.nan)),
    ("wrong_type", b"u", b"[]"),
    ("wrong_type", b"u", like(occurred_at="yesterday")),
    ("missing_field", b"u", b'{"event_id":"e"}'),
    ("unknown_action", b"u", like(action="teleport")),
    ("out_of_range", b"u", like(item_id="")),
    ("null_byte", b"u", like(item_id="a\x00b")),
    ("bad_surrogate", b"u", like(item_id="\ud800")),
    ("not_utf8", b"u", like().replace(b"known", b"\xff\xfe")),
    ("empty_key", b"", like()),
    ("empty_key", None, like()),
    ("key_mismatch", b"somebody else", like()),
]


def test_every_kind_of_bad_behaviour_becomes_a_dead_letter_with_its_bytes(stream: Stream) -> None:
    before = len(stream.dead_letters())
    for _, key, value in BAD_BEHAVIOUR:
        stream.send(Topic.BEHAVIOUR, key, value)
    stream.publish(behaviour("after", "known"))
    stream.wait_for_list("after")
    stream.until(lambda: len(stream.dead_letters()) - before == len(BAD_BEHAVIOUR))
    found = {(letter.code, letter.key or None, letter.value) for letter in stream.dead_letters()[before:]}
    assert found == {(code, key or None, value) for code, key, value in BAD_BEHAVIOUR}
    assert all(letter.stage == "profile" and letter.message for letter in stream.dead_letters()[before:])
    for code, times in Counter(code for code, _, _ in BAD_BEHAVIOUR).items():
        assert stream.counted("upwell_dead_letters_total", stage="profile", code=code) == times


BAD_CONTENT = [
    ("not_json", b"bad", b"{"),
    ("wrong_type", b"bad", b'{"item_id":"bad","title":7}'),
    ("missing_field", b"bad", b"{}"),
    ("key_mismatch", b"bad", b'{"item_id":"other"}'),
    ("no_usable_modality", b"bad", b'{"item_id":"bad"}'),
    ("no_usable_modality", b"bad", b'{"item_id":"bad","image":"file:///etc/passwd"}'),
    ("no_usable_modality", b"bad", b'{"item_id":"bad","image":"data:image/png;base64,AAAA"}'),
]


@pytest.mark.parametrize(("code", "key", "value"), BAD_CONTENT)
def test_every_kind_of_bad_content_becomes_a_dead_letter_with_its_bytes(
    stream: Stream, code: str, key: bytes, value: bytes
) -> None:
    stream.send(Topic.CONTENT, key, value)
    stream.producer.flush()
    stream.until(lambda: any((letter.code, letter.value) == (code, value) for letter in stream.dead_letters()))
    assert stream.get("/items/bad") is None


def test_bad_requests_and_erasures_become_dead_letters_too(stream: Stream) -> None:
    for topic, stage in ((Topic.REQUESTS, "request"), (Topic.ERASURES, "erase")):
        stream.send(topic, b"u", b"nonsense")
        stream.producer.flush()
        stream.until(lambda stage=stage: any(letter.stage == stage for letter in stream.dead_letters()))  # type: ignore[misc]  # a default binds the loop's value


CLAMPED = {"time_too_old": 2, "time_in_future": 1, "value_out_of_range": 1}  # the rating is of 1970 as well


def test_what_a_clamp_can_mend_is_used_and_counted(stream: Stream) -> None:
    before = {clamp: stream.counted("upwell_clamped_values_total", clamp=clamp) for clamp in CLAMPED}
    user = f"clamped-{uuid4().hex[:6]}"
    now = time.time()
    stream.send(Topic.BEHAVIOUR, user.encode(), like(user_id=user, occurred_at=0))
    stream.send(Topic.BEHAVIOUR, user.encode(), like(user_id=user, item_id="other", occurred_at=now + 86_400))
    stream.send(Topic.BEHAVIOUR, user.encode(), like(user_id=user, item_id="third", action="rating", value=1e300))
    stream.producer.flush()
    stream.until(lambda: len((stream.get(f"/profiles/{user}") or {"acts": []})["acts"]) == 3)
    acts = {act["item_id"]: act for act in stream.get(f"/profiles/{user}")["acts"]}
    assert acts["known"]["occurred_at"] > 0
    assert acts["other"]["occurred_at"] < now + 3600
    assert acts["third"]["weight"] <= 10
    after = {clamp: stream.counted("upwell_clamped_values_total", clamp=clamp) for clamp in CLAMPED}
    assert {clamp: after[clamp] - before[clamp] for clamp in CLAMPED} == CLAMPED


def test_an_item_with_a_broken_picture_is_encoded_from_its_text_and_says_so(stream: Stream) -> None:
    item = f"broken-{uuid4().hex[:6]}"
    stream.publish(ContentEvent(item, title="a good title", image="file:///nowhere/at/all.png"))
    stream.until(lambda: stream.get(f"/items/{item}") is not None)
    found = stream.get(f"/items/{item}")
    assert found["modalities"] == ["text"]
    assert [problem.split(":")[0] for problem in found["problems"]] == ["image"]
